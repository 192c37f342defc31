//! A delivery engine without a clock and a network: enough of one to hold a destination to what it is promised.

use std::collections::VecDeque;

use prime_destination::{Connection, Item, Next, Outcome, Reply, Verdict};
use prime_event::Timestamp;

use crate::findings::Findings;

/// The time at which everything happens: 2026-01-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// After a mutation the far side answers as recorded for so many requests, then it takes everything.
const AS_RECORDED: usize = 8;
/// More than any mutation has replies, with what it takes to halve the largest recording and to deliver it singly.
const REQUESTS_MAX: usize = 100;

/// What the far side says after the mutation.
pub(crate) struct FarSide<'a> {
    pub(crate) recorded: &'a Reply,
    pub(crate) success: &'a Reply,
}

/// Carries the items until each has its final outcome. `replies` come first. Returns how many requests it took.
pub(crate) fn carry(
    connection: &dyn Connection,
    items: &[Item],
    replies: &[Reply],
    far_side: FarSide<'_>,
    findings: &mut Findings<'_>,
) -> usize {
    let mut replies = replies.iter().chain(std::iter::repeat_n(far_side.recorded, AS_RECORDED));
    let mut batches: VecDeque<Vec<usize>> = VecDeque::new();
    let mut waiting: Vec<usize> = (0..items.len()).collect();
    let mut settled: Vec<Option<Verdict>> = vec![None; items.len()];
    let mut requests = 0;
    while requests < REQUESTS_MAX {
        if batches.is_empty() {
            batches = formed(connection, items, &std::mem::take(&mut waiting));
        }
        let Some(batch) = batches.pop_front() else { break };
        let sent: Vec<Item> = batch.iter().map(|place| items[*place].clone()).collect();
        for place in &batch {
            findings.expect(settled[*place].is_none(), || format!("event {place} is sent after it had its outcome"));
        }
        requests += 1;
        findings.look_at_request(connection, &sent);
        let reply = replies.next().unwrap_or(far_side.success);
        let judgement = connection.judge(&sent, reply, NOW);
        findings.expect(judgement == connection.judge(&sent, reply, NOW), || "judges one reply in two ways".into());
        match judgement.next(batch.len()) {
            Next::Halve(reason) => {
                findings.look_at_reason(&reason);
                let (first, second) = batch.split_at(batch.len() / 2);
                findings.expect(!first.is_empty(), || "halves a single event".into());
                batches.push_front(second.to_vec());
                batches.push_front(first.to_vec());
            }
            Next::Verdicts(verdicts) => {
                for (place, verdict) in batch.iter().zip(verdicts) {
                    findings.look_at_verdict(&verdict, reply);
                    match verdict.outcome.is_final() {
                        true => settled[*place] = Some(verdict),
                        false => waiting.push(*place),
                    }
                }
            }
        }
    }
    for (place, _) in settled.iter().enumerate().filter(|(_, verdict)| verdict.is_none()) {
        findings.expect(false, || format!("never ends with event {place}, though the far side takes everything"));
    }
    requests
}

/// Batches of what waits, group by group, within the connection's limits.
fn formed(connection: &dyn Connection, items: &[Item], waiting: &[usize]) -> VecDeque<Vec<usize>> {
    let limits = connection.terms().batch;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in waiting {
        match groups.iter_mut().find(|group| items[group[0]].group == items[*place].group) {
            Some(group) => group.push(*place),
            None => groups.push(vec![*place]),
        }
    }
    let mut batches = VecDeque::new();
    for mut group in groups {
        while !group.is_empty() {
            let count = limits.take(group.iter().map(|place| &items[*place]));
            batches.push_back(group.drain(..count).collect());
        }
    }
    batches
}

/// Whether the far side said of any event that it has it.
pub(crate) fn may_deliver(reply: &Reply, outcome: Outcome) -> bool {
    match reply {
        Reply::None(_) => outcome != Outcome::Delivered,
        // A 400 may name the events that were refused, and so the others as taken; nothing else but a success can.
        Reply::Response(response) => {
            let partly = response.status.as_u16() == 400 && !response.body.is_empty();
            outcome != Outcome::Delivered || response.status.is_success() || partly
        }
    }
}
