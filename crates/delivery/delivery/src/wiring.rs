//! A destination's definition, made ready to work with.

use std::sync::Arc;

use prime_control::Destination;
use prime_destination::{Connection, RequestDestination, SettingProblem, Settings};

/// One definition of a destination and what its settings compile to. Made anew whenever the definition changes.
pub(crate) struct Wiring {
    pub(crate) destination: Arc<Destination>,
    /// The name in a message's `integrations` object.
    pub(crate) name: &'static str,
    pub(crate) connection: Result<Box<dyn Connection>, Vec<SettingProblem>>,
}

impl Wiring {
    pub(crate) fn new(kind: &dyn RequestDestination, destination: Arc<Destination>) -> Self {
        let metadata = kind.metadata();
        let connection = kind.connect(Settings::new(metadata, &destination.settings));
        Self { destination, name: metadata.name, connection }
    }
}

/// All problems in one text.
pub(crate) fn sentences(problems: &[SettingProblem]) -> String {
    problems.iter().map(|problem| problem.sentence.as_str()).collect::<Vec<_>>().join(" ")
}
