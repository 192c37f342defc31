//! How many messages of which source came to which end.

use std::collections::HashMap;

use prime_event::{DiscardCode, SourceId, Timestamp};
use prime_runtime::Counters;

use crate::pipeline::Outputs;

#[derive(Default)]
pub(crate) struct Tally(HashMap<SourceId, SourceTally>);

#[derive(Default)]
struct SourceTally {
    processed: u64,
    rejected: HashMap<DiscardCode, u64>,
}

impl Tally {
    pub(crate) fn of(outputs: &Outputs) -> Self {
        let mut tally = Self::default();
        for event in &outputs.events {
            tally.source(&event.source).processed += 1;
        }
        for rejected in outputs.rejected.iter().filter(|rejected| rejected.was_accepted) {
            *tally.source(&rejected.record.source).rejected.entry(rejected.code).or_default() += 1;
        }
        tally
    }

    fn source(&mut self, id: &SourceId) -> &mut SourceTally {
        if !self.0.contains_key(id) {
            self.0.insert(id.clone(), SourceTally::default());
        }
        self.0.get_mut(id).expect("it was just put there")
    }

    pub(crate) fn count(&self, counters: &Counters, now: Timestamp) {
        for (id, tally) in &self.0 {
            let source = counters.source(id);
            if tally.processed > 0 {
                source.add_processed(tally.processed, now);
            }
            for (&code, &messages) in &tally.rejected {
                source.add_rejected(code, messages, now);
            }
        }
    }
}
