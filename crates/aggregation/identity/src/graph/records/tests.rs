use super::*;

fn fragment(number: u128) -> Fragment {
    Fragment::from_u128(number << 80 | number)
}

fn moment(time_ms: i64) -> Moment {
    Moment { time_ms, message_id: format!("m{time_ms}").into(), set: SetKey(time_ms as u128) }
}

fn group() -> Group {
    let mut group = Group::create(moment(5), "web", &[(fragment(1), 0), (fragment(2), 3)]);
    group.add(
        &[(fragment(3), 1)],
        Join { moment: moment(9), source: "app".into(), kept: vec![fragment(3), fragment(2)] },
    );
    group.members[1].retired_ms = Some(11);
    group.merges = 7;
    group.settle();
    group
}

#[test]
fn records_read_back_as_they_were_written() {
    assert_eq!(decode_group(&encode_group(&group())).unwrap(), group());
    let set = vec![
        SetMember { fragment: fragment(9), kind: 300, is_blocked: true },
        SetMember { fragment: fragment(8), kind: 0, is_blocked: false },
    ];
    assert_eq!(decode_set(&encode_set(&set)).unwrap(), set);
    let sighting = SightingRecord { time_ms: -5, message_id: "m".into(), source: "s".into(), kept: u32::MAX };
    assert_eq!(SightingRecord::decode(&sighting.encode()).unwrap(), sighting);
    let identifier = IdentifierRecord { identifier: Identifier::account("group_id", "é"), sets: 1 << 40 };
    assert_eq!(IdentifierRecord::decode(&identifier.encode()).unwrap(), identifier);
    let meta = Meta { key: [9; 16], newest_ms: -1, operations: 3, rules_version: 4, beyond_horizon: 5 };
    assert_eq!(Meta::decode(&meta.encode()).unwrap(), meta);
    assert_eq!(decode_kind(&encode_kind(Collection::Accounts, "x")).unwrap(), (Collection::Accounts, "x".to_owned()));
}

#[test]
fn a_damaged_record_is_an_error_and_never_a_panic() {
    let whole = encode_group(&group());
    for length in 0..whole.len() {
        let _ = decode_group(&whole[..length]);
    }
    for at in 0..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 0x55;
        let _ = decode_group(&bad);
    }
    assert!(decode_group(&[2]).is_err() && decode_group(&[]).is_err());
}

#[test]
fn a_record_of_a_profile_that_was_written_by_version_one_can_still_be_read() {
    let hex = include_str!("../../../fixtures/profile.v1.hex").trim();
    let bytes = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let written: Vec<u8> = (0..hex.len()).step_by(2).map(bytes).collect();
    assert_eq!(decode_group(&written).unwrap(), group());
}
