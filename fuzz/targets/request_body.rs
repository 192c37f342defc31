//! Bytes as a request's body: decompressed, taken apart, brought into final form.
//!
//! Whatever comes in, nothing panics or takes more memory than the bound; and an independent reader agrees about what is
//! JSON and finds JSON in all that comes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prime_event::{Arrival, BodyEncoding, Endpoint, Inflater, RequestBody, RequestId, SourceId, Timestamp, normalize};
use serde::de::IgnoredAny;

const BYTES_MAX: usize = 512 * 1024;
const LEVELS_MAX: usize = 60;

fuzz_target!(|input: &[u8]| {
    let Some((&choice, body)) = input.split_first() else { return };
    let client_side = choice & 1 == 1;
    let endpoint = match choice & 2 {
        0 => Endpoint::Batch { client_side },
        _ => Endpoint::Single { kind: None, client_side },
    };
    let mut inflater = Inflater::default();
    let Ok(text) = inflater.inflate(body, BodyEncoding::sniff(body), BYTES_MAX) else { return };
    assert!(text.len() <= BYTES_MAX);
    let parsed = RequestBody::parse(text, endpoint);
    if let (Endpoint::Single { .. }, Ok(text)) = (endpoint, std::str::from_utf8(text)) {
        agree(text, parsed.is_ok());
    }
    let Ok(parsed) = parsed else { return };
    let source = SourceId::new("source");
    for (index, message) in parsed.messages().enumerate() {
        let Ok(value) = message.value else { continue };
        assert!(serde_json::from_str::<IgnoredAny>(value.raw()).is_ok() || deep(value.raw()));
        let arrival = Arrival {
            request: RequestId([7; 16]),
            index: index as u32,
            received_at: Timestamp::from_millis(1_700_000_000_000),
            endpoint,
            client: Some([203, 0, 113, 9].into()),
            source: &source,
        };
        if let Ok(normalized) = normalize(value, &message.envelope, &arrival) {
            let payload = std::str::from_utf8(&normalized.payload).expect("a payload is text");
            assert!(!payload.contains('\n'));
            assert!(serde_json::from_str::<IgnoredAny>(payload).is_ok() || deep(payload));
        }
    }
});

/// A single message is taken when it is one JSON object that is not nested too deeply.
fn agree(text: &str, taken: bool) {
    if deep(text) {
        return;
    }
    let is_object = text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{');
    assert_eq!(taken, is_object && serde_json::from_str::<IgnoredAny>(text).is_ok());
}

/// Perhaps nested deeper than either reader allows.
fn deep(text: &str) -> bool {
    text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count() > LEVELS_MAX
}
