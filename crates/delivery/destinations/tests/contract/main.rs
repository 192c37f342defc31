//! Every destination that takes requests, under the test kit. Recordings are written after what each far side documents.

mod mixpanel;
mod webhook;

use prime_destination_testkit::{Kit, Recording};

const TRACK: &str = r#"{"type":"track","messageId":"m-1","userId":"user-12345678","event":"Order Completed","timestamp":"2026-01-01T00:00:00.000Z","properties":{"order_id":"order-12345678","total":99.50},"context":{"ip":"203.0.113.7"}}"#;
const PAGE: &str = r#"{"type":"page","messageId":"m-2","anonymousId":"anonymous-12345","name":"Pricing Overview","timestamp":"2026-01-01T00:00:00.000Z","properties":{"url":"https://example.com/pricing"},"context":{}}"#;
const IDENTIFY: &str = r#"{"type":"identify","messageId":"m-3","userId":"user-12345678","traits":{"email":"person@example.com","plan":"pro"},"context":{}}"#;
const GROUP: &str = r#"{"type":"group","messageId":"m-4","userId":"user-12345678","groupId":"company-123456","traits":{"name":"Example Incorporated"}}"#;
const ALIAS: &str = r#"{"type":"alias","messageId":"m-5","userId":"user-12345678","previousId":"previous-12345","timestamp":"2026-01-01T00:00:00.000Z"}"#;

/// Checks, and that it was not little that was checked.
fn check(kit: &Kit, recordings: &[Recording]) {
    let summary = kit.check(recordings);
    assert!(summary.exchanges > 150 * recordings.len(), "{summary:?}");
}
