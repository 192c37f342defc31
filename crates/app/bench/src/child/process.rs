//! Starts a program and meters it from outside.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use prime_node::Announcement;
use tempfile::TempDir;

use crate::bar::MeasureError;

const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The floor looks at no key; servers have one of their own.
const FLOOR_WRITE_KEY: &str = "floorfloorfloorfloorfloorfloor00";

/// Far more than a round writes: a full journal has tests of its own.
pub(super) const JOURNAL_BYTES_MAX: u64 = 1 << 40;

/// What is started.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    /// Collects, and keeps so much of its journal.
    Collector {
        journal_bytes_kept: u64,
    },
    /// `primedata serve` with all roles.
    Server,
    Floor,
}

/// A running program; killed when dropped.
pub(crate) struct Process {
    child: Child,
    data_dir: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) write_key: String,
}

/// On the disk that the program is built on: temporary folders are often in memory.
pub(crate) fn data_folder() -> Result<TempDir, MeasureError> {
    let above = PathBuf::from("target/bench");
    fs::create_dir_all(&above)?;
    Ok(tempfile::tempdir_in(above)?)
}

impl Program {
    /// Starts it on a folder and returns once it listens.
    pub(crate) fn start(self, data_dir: &Path) -> Result<Process, MeasureError> {
        let mut process = self.spawn(data_dir, 0)?;
        (process.address, process.write_key) = match self {
            Self::Floor => first_line(&mut process.child)?,
            Self::Collector { .. } | Self::Server => announcement(&mut process.child, data_dir)?,
        };
        Ok(process)
    }

    /// Starts it and waits for nothing. Only a server can be told its port.
    pub(crate) fn spawn(self, data_dir: &Path, port: u16) -> Result<Process, MeasureError> {
        let itself = std::env::current_exe()?;
        let mut command = match self {
            Self::Server => Command::new(itself.with_file_name("primedata")),
            Self::Collector { .. } | Self::Floor => Command::new(itself),
        };
        match self {
            Self::Collector { journal_bytes_kept } => {
                command.arg("child-collector").arg(data_dir).arg(journal_bytes_kept.to_string())
            }
            Self::Server => {
                let listen = format!("127.0.0.1:{port}");
                command.args(["serve", "--listen", &listen, "--data-dir"]).arg(data_dir)
            }
            Self::Floor => command.arg("child-floor").arg(data_dir),
        };
        command
            .env("PRIMEDATA_LOGGING__LEVEL", "warn")
            .env("PRIMEDATA_COLLECT__JOURNAL_BYTES_MAX", JOURNAL_BYTES_MAX.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        Ok(Process {
            child: command.spawn()?,
            data_dir: data_dir.to_owned(),
            address: ([127, 0, 0, 1], port).into(),
            write_key: String::new(),
        })
    }
}

fn first_line(child: &mut Child) -> Result<(SocketAddr, String), MeasureError> {
    let wrong = || MeasureError::Wrong("the floor did not start".to_owned());
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or_else(wrong)?).read_line(&mut line)?;
    Ok((line.trim().parse().map_err(|_| wrong())?, FLOOR_WRITE_KEY.to_owned()))
}

fn announcement(child: &mut Child, data_dir: &Path) -> Result<(SocketAddr, String), MeasureError> {
    let begun = Instant::now();
    while begun.elapsed() < START_TIMEOUT {
        if let Some(status) = child.try_wait()? {
            return Err(MeasureError::Wrong(format!("the server ended at its start with {status}")));
        }
        match Announcement::read(data_dir) {
            Ok(node) if node.pid == child.id() => {
                let address = node.url.trim_start_matches("http://").parse();
                let address = address.map_err(|_| MeasureError::Wrong(format!("no address: {}", node.url)))?;
                return Ok((address, node.write_key.unwrap_or_default()));
            }
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Err(MeasureError::Wrong(format!("the server was not ready within {START_TIMEOUT:?}")))
}

impl Process {
    /// CPU time of all its threads since it started.
    pub(crate) fn cpu(&self) -> Result<Duration, MeasureError> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the program's name in brackets and may hold spaces; user and system time are 14 and 15.
        let fields: Vec<_> = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').collect();
        let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok());
        let (Some(user), Some(system)) = (ticks(14), ticks(15)) else {
            return Err(MeasureError::Wrong("the process tells no CPU time".to_owned()));
        };
        Ok(Duration::from_secs_f64((user + system) as f64 / rustix::param::clock_ticks_per_second() as f64))
    }

    /// Resident memory at this moment.
    pub(crate) fn rss_bytes(&self) -> Result<u64, MeasureError> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let kibibytes = kibibytes.and_then(|text| text.parse::<u64>().ok());
        Ok(kibibytes.ok_or_else(|| MeasureError::Wrong("the process tells no memory".to_owned()))? * 1024)
    }

    /// What the journal takes on disk.
    pub(crate) fn journal_bytes(&self) -> Result<u64, MeasureError> {
        let journal = self.data_dir.join("log/topics/journal");
        bytes_under(if journal.is_dir() { &journal } else { &self.data_dir })
    }
}

fn bytes_under(folder: &Path) -> Result<u64, MeasureError> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { bytes_under(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
