//! How commands fail, and the exit code of each.

use std::io::Write;
use std::process::ExitCode;

use prime_demo::DemoError;
use prime_node::StartError;
use prime_runtime::ConfigError;
use thiserror::Error;

/// Shown by `primedata --help`; the codes of [`Failure::code`]. Clap itself answers wrong usage with 2.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed for a reason of its own; standard error says which
  2  the command line cannot be read
  3  the configuration cannot be used
  4  the node cannot start: data folder, address or stored data
  5  no server answers
  6  the server refused the token
  7  what was asked for does not exist
  8  the server refused the request as invalid";

#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Runtime(String),
    #[error("{0}")]
    Config(#[from] ConfigError),
    #[error("{path}: {source}; give the path of a readable file")]
    ConfigFile { path: String, source: std::io::Error },
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("no server answers at {url}: {reason}; start one with `primedata serve`, or name another with --url")]
    Unreachable { url: String, reason: String },
    #[error(
        "no server is known: {data_dir} has no node.json; start one with `primedata serve`, or name it with --url and --token"
    )]
    UnknownServer { data_dir: String },
    #[error("{message}")]
    Refused { status: u16, message: String },
    #[error("{0}")]
    Demo(#[from] DemoError),
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Runtime(_) | Self::Output(_) => 1,
            Self::Config(_) | Self::ConfigFile { .. } => 3,
            Self::Start(_) => 4,
            Self::Unreachable { .. } | Self::UnknownServer { .. } | Self::Demo(DemoError::Unreachable { .. }) => 5,
            Self::Demo(_) => 1,
            Self::Refused { status: 401 | 403, .. } => 6,
            Self::Refused { status: 404, .. } => 7,
            Self::Refused { status: 400 | 422, .. } => 8,
            Self::Refused { .. } => 1,
        }
    }

    /// Says what went wrong on standard error and gives the exit code. A closed pipe is nobody's failure.
    pub(crate) fn report(self) -> ExitCode {
        match &self {
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            _ => {
                let _ = writeln!(std::io::stderr(), "primedata: {self}");
                ExitCode::from(self.code())
            }
        }
    }
}
