//! What stands before the journal for each source: its rate limit, and its share while the server is overloaded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use prime_event::{DiscardCode, SourceId};
use prime_runtime::{Counters, SourceCounters};

use crate::answer::Refused;
use crate::overload::Overload;
use crate::rate_limit::{Bucket, RateLimit};

/// All gates, by source.
pub(crate) struct Gates {
    limit: RateLimit,
    counters: Arc<Counters>,
    overload: Mutex<Overload>,
    gates: RwLock<HashMap<SourceId, Arc<Gate>>>,
    started: Instant,
}

/// The gate of one source.
pub(crate) struct Gate {
    source: SourceId,
    pub(crate) counters: Arc<SourceCounters>,
    bucket: Bucket,
}

impl Gates {
    pub(crate) fn new(limit: RateLimit, wait_target: Duration, counters: Arc<Counters>) -> Self {
        let overload = Mutex::new(Overload::new(wait_target));
        Self { limit, counters, overload, gates: RwLock::default(), started: Instant::now() }
    }

    pub(crate) fn of(&self, source: &SourceId) -> Arc<Gate> {
        if let Some(known) = self.gates.read().get(source) {
            return Arc::clone(known);
        }
        let fresh = || {
            let counters = self.counters.source(source);
            Arc::new(Gate { source: source.clone(), counters, bucket: Bucket::default() })
        };
        Arc::clone(self.gates.write().entry(source.clone()).or_insert_with(fresh))
    }

    /// Whether a request may come in at all, asked before its body is read wherever its source is known by then.
    pub(crate) fn enter(&self, gate: &Gate) -> Result<(), Refused> {
        let now = self.started.elapsed();
        self.limited(gate, gate.bucket.look(self.limit, now))?;
        if self.overload.lock().admits(&gate.source, now) {
            return Ok(());
        }
        gate.counters.add_refused(DiscardCode::TooManyRequests);
        Err(Refused::overloaded())
    }

    /// Charges a source for the messages of a request that is about to be journaled.
    pub(crate) fn charge(&self, gate: &Gate, messages: u64) -> Result<(), Refused> {
        self.limited(gate, gate.bucket.take(self.limit, messages, self.started.elapsed()))
    }

    fn limited(&self, gate: &Gate, taken: Result<(), Duration>) -> Result<(), Refused> {
        taken.map_err(|wait| {
            gate.counters.add_refused(DiscardCode::TooManyRequests);
            Refused::over_the_limit(self.limit.messages_per_second, wait)
        })
    }

    /// A request waited this long for the journal.
    pub(crate) fn waited(&self, wait: Duration) {
        self.overload.lock().waited(wait, self.started.elapsed());
    }
}
