//! A batch that is not JSON as a whole, as devices send it: its messages are pieces of the body, in order, and each one
//! that is taken is JSON by itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prime_event::{Endpoint, RequestBody, write_key_hint};
use serde::de::IgnoredAny;

fuzz_target!(|input: &[u8]| {
    let _ = write_key_hint(input);
    // What begins as a batch is salvaged far more often than what does not.
    let body = [b"{\"writeKey\":\"k\",\"batch\":[", input].concat();
    for body in [body.as_slice(), input] {
        let Ok(parsed) = RequestBody::parse(body, Endpoint::Batch { client_side: true }) else { continue };
        let mut reached = body.as_ptr() as usize;
        for message in parsed.messages() {
            let start = message.raw.as_ptr() as usize;
            assert!(start >= reached && start + message.raw.len() <= body.as_ptr() as usize + body.len());
            reached = start + message.raw.len();
            if let Ok(value) = message.value {
                assert_eq!(value.raw().as_bytes(), message.raw.trim_ascii());
                assert!(serde_json::from_str::<IgnoredAny>(value.raw()).is_ok());
            }
        }
    }
});
