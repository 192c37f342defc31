//! A destination's definition, made ready to work with.

use std::sync::Arc;

use prime_control::Destination;
use prime_destination::{Connection, RequestDestination, SettingProblem, Settings};
use prime_schedule::QueueName;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::job::Job;

/// One definition of a destination and what its settings compile to. Made anew whenever the definition changes.
pub(crate) struct Wiring {
    pub(crate) destination: Arc<Destination>,
    /// The name in a message's `integrations` object.
    pub(crate) name: &'static str,
    pub(crate) connection: Result<Box<dyn Connection>, Vec<SettingProblem>>,
}

/// How much of what a destination takes, by its documentation and by what is set for it.
pub(crate) struct Pace {
    /// Events in one request.
    pub(crate) batch_max: u16,
    /// Requests at one time.
    pub(crate) requests_max: Option<u32>,
    pub(crate) events_per_second_max: Option<f64>,
}

impl Wiring {
    pub(crate) fn new(kind: &dyn RequestDestination, destination: Arc<Destination>) -> Self {
        let metadata = kind.metadata();
        let connection = kind.connect(Settings::new(metadata, &destination.settings));
        Self { destination, name: metadata.name, connection }
    }

    pub(crate) fn pace(&self) -> Pace {
        let terms = self.connection.as_ref().ok().map(|connection| connection.terms());
        let published = terms.as_ref().map(|terms| terms.pace).unwrap_or_default();
        let batch_max = terms.map_or(1, |terms| terms.batch.items_max);
        let documented = published.requests_per_second_max.map(|requests| f64::from(requests) * batch_max as f64);
        let set = self.destination.delivery.events_per_second_max.map(f64::from);
        Pace {
            batch_max: u16::try_from(batch_max).unwrap_or(u16::MAX),
            requests_max: published.concurrency_max.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
            events_per_second_max: documented.into_iter().chain(set).reduce(f64::min),
        }
    }

    /// The queue of an event: the person's, where each person's order is to be kept.
    pub(crate) fn queue(&self, job: &Job) -> QueueName {
        let person = match (&job.head.user_id, &job.head.anonymous_id) {
            (Some(id), _) => Some((1, id)),
            (None, Some(id)) => Some((2, id)),
            (None, None) => None,
        };
        let person = person.filter(|_| self.destination.delivery.in_order);
        let order = person.map(|(seed, id)| xxh3_64_with_seed(id.as_bytes(), seed));
        QueueName { order, ..QueueName::group(0) }
    }
}

/// All problems in one text.
pub(crate) fn sentences(problems: &[SettingProblem]) -> String {
    problems.iter().map(|problem| problem.sentence.as_str()).collect::<Vec<_>>().join(" ")
}
