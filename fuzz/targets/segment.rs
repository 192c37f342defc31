//! A segment file that a damaged disk hands back: whatever it holds, reading it ends in records or in an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    prime_log::fuzzing::read_segment(input);
});
