use bytes::Bytes;
use prime_receipts::{
    Attempt, CountedGroup, CountedRecord, CountedUnit, EventPlace, FormatError, Lane, Receipt, ReceiptRecord, State,
};

use crate::{at, attempt, lane, reason, receipt};

fn receipts() -> Vec<ReceiptRecord> {
    let of = |receipt: Receipt| ReceiptRecord::Receipt(Box::new(receipt));
    let unsent = Attempt { status: None, request: None, response: None, ..attempt(1, 0, 4_000) };
    let counted = CountedRecord {
        lane: Lane { replay: 7, ..lane("hook") },
        partition: 3,
        groups: vec![CountedGroup {
            event_type: "track".into(),
            event_name: "Ünïcode".into(),
            app_version: "2.1".into(),
            units: vec![
                CountedUnit { offset: 900, at: at(17), latency_ms: 12 },
                CountedUnit { offset: 20, at: at(18), latency_ms: 0 },
            ],
        }],
    };
    vec![
        of(receipt(0, 1, State::Filtered(reason("FILTERED_BY_RULES")))),
        of(Receipt {
            lane: Lane { subscription: Some("mapping-1".into()), ..lane("mixpanel") },
            event: EventPlace { partition: 2, offset: 1 << 40 },
            user_id: None,
            retries: 1,
            attempts: vec![attempt(1, 503, 900), attempt(2, 200, 2_000)],
            ..receipt(1, 2, State::Delivered)
        }),
        of(Receipt { attempts: vec![unsent], ..receipt(2, 1, State::Retrying(reason("ENOTFOUND"))) }),
        of(receipt(3, 1, State::Failed(reason("400")))),
        of(receipt(4, 14_400, State::Expired(reason("429")))),
        ReceiptRecord::Counted(counted),
    ]
}

#[test]
fn records_read_back_as_they_were_written_and_cut_ones_are_errors() {
    for record in receipts() {
        let bytes = record.encode();
        assert_eq!(ReceiptRecord::decode(&bytes), Ok(record));
        for length in 0..bytes.len() {
            assert!(ReceiptRecord::decode(&bytes[..length]).is_err(), "{length}");
        }
    }
    assert_eq!(ReceiptRecord::decode(&[9, 1]), Err(FormatError::Version(9)));
    assert_eq!(ReceiptRecord::decode(&[1, 77]), Err(FormatError::Tag(77)));
}

/// What version 1 wrote stays readable.
#[test]
fn the_records_of_version_1_read_as_what_they_were() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/records-v1.hex");
    let fixture = std::fs::read_to_string(path).unwrap();
    let read: Vec<_> =
        fixture.lines().map(|line| ReceiptRecord::decode(&hex::decode(line).unwrap()).unwrap()).collect();
    assert_eq!(read, receipts());
    let written: Vec<_> = receipts().iter().map(|record| hex::encode(record.encode())).collect();
    assert_eq!(written, fixture.lines().collect::<Vec<_>>(), "and this version writes the same");
}

#[test]
fn what_is_larger_than_its_bound_is_cut_when_it_is_written() {
    let long = "ü".repeat(10_000);
    let mut huge = attempt(1, 500, 0);
    huge.reason.sentence = long.clone();
    let request = huge.request.as_mut().unwrap();
    request.url = long.clone();
    request.body = Bytes::from(vec![7; 1 << 20]);
    request.headers = (0..500).map(|number| (format!("x-{number}"), long.clone())).collect();
    let receipt = Receipt {
        message_id: long.clone(),
        user_id: Some(long.clone()),
        attempts: vec![huge; 100],
        ..receipt(0, 1, State::Failed(reason(&long)))
    };
    let bytes = ReceiptRecord::Receipt(Box::new(receipt)).encode();
    assert!(bytes.len() < 1 << 19, "{}", bytes.len());
    let Ok(ReceiptRecord::Receipt(read)) = ReceiptRecord::decode(&bytes) else { panic!("it reads back") };
    assert_eq!((read.message_id.len(), read.user_id.as_ref().unwrap().len(), read.state.code().len()), (512, 512, 512));
    let attempt = &read.attempts[0];
    let request = attempt.request.as_ref().unwrap();
    assert_eq!((read.attempts.len(), request.body.len(), request.headers.len()), (16, 4_096, 32));
    assert_eq!((request.url.len(), attempt.reason.sentence.len()), (1_024, 1_024));
}
