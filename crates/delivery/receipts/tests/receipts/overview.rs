use prime_receipts::{
    Counts, Dimension, OTHER, OverviewGroup, OverviewQuery, ROWS_MAX, Receipt, Resolution, State, Step,
};

use crate::{House, SECOND_MS, at, lane, reason, receipt, workspace};

fn query(step: Step) -> OverviewQuery {
    OverviewQuery {
        workspace: workspace(),
        source: lane("hook").source,
        destination: lane("hook").destination,
        step,
        resolution: Resolution::Minute,
        range: at(0)..at(3_600 * SECOND_MS),
        group_by: Vec::new(),
        filter: Vec::new(),
    }
}

fn ask(house: &House, query: OverviewQuery) -> Vec<OverviewGroup> {
    house.handle().overview(&query).unwrap()
}

fn filled() -> House {
    let mut house = House::build();
    for offset in 0..600 {
        let name = if offset % 3 == 0 { "Product Viewed" } else { "Order Completed" };
        let (state, retries) = match offset % 10 {
            0 => (State::Failed(reason("400")), 0),
            1 => (State::Expired(reason("503")), 9),
            2 => (State::Delivered, 2),
            _ => (State::Delivered, 0),
        };
        house.write(Receipt { event_name: name.into(), retries, ..receipt(offset, (offset % 7) as i64, state) });
    }
    house
}

#[test]
fn groups_come_by_size_and_their_series_add_up_to_their_totals() {
    let house = filled();
    let groups = ask(&house, OverviewQuery { group_by: vec![Dimension::EventName], ..query(Step::Delivered) });
    let totals: Vec<_> = groups.iter().map(|group| (group.values[0].as_str(), group.total.total)).collect();
    assert_eq!(totals, [("Order Completed", 320), ("Product Viewed", 160)]);
    for group in &groups {
        assert_eq!(group.series.iter().map(|(_, counts)| counts.total).sum::<u64>(), group.total.total);
        assert!(group.series.is_sorted_by(|a, b| a.0 < b.0) && group.series.len() == 2);
    }
    let all = ask(&house, query(Step::Delivered));
    assert_eq!((all.len(), all[0].total.total, all[0].total.retried, all[0].total.retries), (1, 480, 60, 120));
    let told = all[0].total.latencies.percentile_ms(1.0).unwrap();
    assert!((6_000..=6_750).contains(&told), "{told}");
}

#[test]
fn what_expired_failed_for_the_reason_of_its_last_attempt() {
    let groups = ask(&filled(), OverviewQuery { group_by: vec![Dimension::DiscardReason], ..query(Step::Failed) });
    let totals: Vec<_> = groups.iter().map(|group| (group.values[0].as_str(), group.total.total)).collect();
    assert_eq!(totals, [("400", 60), ("503", 60)]);
}

#[test]
fn a_filter_takes_one_of_several_values_and_successes_are_told_apart_by_their_attempt() {
    let filter = vec![(Dimension::DiscardReason, vec!["successes.attempt.2".into(), "successes.attempt.3".into()])];
    let house = filled();
    assert_eq!(ask(&house, OverviewQuery { filter, ..query(Step::Delivered) })[0].total.total, 60);
    let filter = vec![(Dimension::EventType, vec!["page".into()])];
    assert_eq!(ask(&house, OverviewQuery { filter, ..query(Step::Delivered) }), []);
}

#[test]
fn each_resolution_counts_the_same() {
    let house = filled();
    for resolution in Resolution::ALL {
        let all = ask(&house, OverviewQuery { resolution, ..query(Step::Delivered) });
        assert_eq!(all[0].total.total, 480, "{resolution:?}");
    }
    let none = ask(&house, OverviewQuery { range: at(-7_200_000)..at(-3_600_000), ..query(Step::Delivered) });
    assert_eq!(none, []);
}

#[test]
fn of_very_many_names_the_frequent_ones_have_rows_and_the_others_are_together() {
    let mut house = House::build();
    for offset in 0..1_000 {
        let name = if offset % 2 == 0 { "Order Completed".to_owned() } else { format!("Viewed {offset}") };
        // All within one minute.
        house.write(Receipt {
            event_name: name,
            received_at: at(0),
            at: at(1_000),
            ..receipt(offset, 0, State::Delivered)
        });
    }
    let groups = ask(&house, OverviewQuery { group_by: vec![Dimension::EventName], ..query(Step::Delivered) });
    assert_eq!((groups[0].values[0].as_str(), groups[0].total.total), ("Order Completed", 500));
    assert_eq!((groups[1].values[0].as_str(), groups[1].total.total), (OTHER, 500 - (ROWS_MAX as u64 - 1)));
    assert_eq!(groups.iter().map(|group| group.total.total).sum::<u64>(), 1_000);
    assert_eq!(Counts::default().total, 0);
}
