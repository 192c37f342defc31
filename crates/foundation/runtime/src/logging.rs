//! Structured logs on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, ParseError};

use crate::config::{LogFormat, LoggingConfig};

/// Starts logging for the process; an unreadable level falls back to `info` with a warning. A second call changes nothing.
pub fn start_logging(config: &LoggingConfig) {
    let (filter, refused) = match filter(&config.level) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if let (Ok(()), Some(error)) = (started, refused) {
        tracing::warn!(%error, "logging.level cannot be read; logging at info");
    }
}

/// The state store tells at `info` of its every file, in words that mean nothing to who runs a server: at that level and
/// below only its warnings are heard, unless the level names it.
const QUIETER: &str = "fjall=warn,lsm_tree=warn";

fn filter(level: &str) -> Result<EnvFilter, ParseError> {
    let as_asked = EnvFilter::try_new(level)?;
    match as_asked.max_level_hint() {
        Some(most) if most <= LevelFilter::WARN => Ok(as_asked),
        _ => EnvFilter::try_new(format!("{QUIETER},{level}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(level: &str) -> Vec<String> {
        let mut all: Vec<_> = filter(level).unwrap().to_string().split(',').map(str::to_owned).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn the_state_store_is_heard_from_warnings_on_unless_it_is_named() {
        assert_eq!(directives("info"), ["fjall=warn", "info", "lsm_tree=warn"]);
        assert_eq!(directives("info,fjall=debug"), ["fjall=debug", "info", "lsm_tree=warn"]);
        assert_eq!(directives("error"), ["error"]);
        assert!(filter("no=such=level").is_err());
    }
}
