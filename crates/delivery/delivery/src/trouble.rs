//! What keeps a destination from being sent to, in words.

use prime_receipts::Reason;
use prime_schedule::{Backlog, Circuit, DestinationOptions};

/// What keeps it from being sent to as fast as it could be, in a sentence. `last`: why an event was tried in vain last.
pub(crate) fn trouble(backlog: &Backlog, last: Option<&Reason>) -> Option<String> {
    let retries_max = u64::from(DestinationOptions::default().retries_max);
    let circuit = match backlog.circuit {
        Circuit::Closed if backlog.retries == 0 => return None,
        Circuit::Closed if backlog.retries >= retries_max => format!(
            "{} events wait for another attempt, as many as may: others are sent when some of these have ended",
            backlog.retries
        ),
        Circuit::Closed if backlog.retries == 1 => "One event waits for another attempt".to_owned(),
        Circuit::Closed => format!("{} events wait for another attempt", backlog.retries),
        circuit => circuit.to_string(),
    };
    let mut letters = circuit.chars();
    let sentence = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())?;
    let last = last.map(|failure| format!(" The last failure: {}", failure.sentence));
    Some(format!("{sentence}.{}", last.unwrap_or_default()))
}
