//! Memory for request bodies, shared by all connections and counted as bytes arrive.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Granularity of the count: a permit stands for this many bytes.
const UNIT: usize = 1024;
/// Records of refused requests on their way to the journal at one time; more are not kept.
const REFUSALS_MAX: usize = 64;

pub(crate) struct Admission {
    memory: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

/// Memory that a request holds; given back when dropped.
#[derive(Default)]
pub(crate) struct Held(Option<OwnedSemaphorePermit>, usize);

/// All memory for bodies is taken.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl Admission {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { memory: Arc::new(Semaphore::new(bytes_max / UNIT)), refusals: Arc::new(Semaphore::new(REFUSALS_MAX)) }
    }

    /// Lets `held` cover `bytes` in all.
    pub(crate) fn cover(&self, held: &mut Held, bytes: usize) -> Result<(), Exhausted> {
        let units = bytes.div_ceil(UNIT);
        let missing = units.saturating_sub(held.1);
        if missing == 0 {
            return Ok(());
        }
        let missing_permits = u32::try_from(missing).map_err(|_| Exhausted)?;
        let permit = Arc::clone(&self.memory).try_acquire_many_owned(missing_permits).map_err(|_| Exhausted)?;
        match &mut held.0 {
            Some(covered) => covered.merge(permit),
            none => *none = Some(permit),
        }
        held.1 = units;
        Ok(())
    }

    /// A place to write down one refused request, if there is one.
    pub(crate) fn refusal(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.refusals).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_once_and_given_back() {
        let admission = Admission::new(4 * UNIT);
        let mut first = Held::default();
        admission.cover(&mut first, 1).unwrap();
        admission.cover(&mut first, 3 * UNIT).unwrap();
        let mut second = Held::default();
        assert!(admission.cover(&mut second, 2 * UNIT).is_err());
        drop(first);
        admission.cover(&mut second, 4 * UNIT).unwrap();
    }
}
