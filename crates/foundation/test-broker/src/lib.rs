#![doc = include_str!("../README.md")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a start may take on a busy machine before the test fails.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// What the broker writes when it answers.
const STARTED: &str = "Kafka Server started";

/// Runs a broker, its process id on standard output. When the process that holds the other end of standard input ends,
/// the broker and its folder go too.
const GUARDED: &str = r#"
dir=$1; shift
exec 3<&0
java "$@" >>"$dir/broker.log" 2>&1 3<&- &
broker=$!
echo "$broker"
( cat <&3 >/dev/null; trap '' TERM; kill -9 "$broker" 2>/dev/null; rm -rf "$dir" ) >/dev/null 2>&1 &
guard=$!
wait "$broker"
kill "$guard" 2>/dev/null
"#;

/// A running broker. Killed when dropped.
pub struct Broker {
    dir: TempDir,
    port: u16,
    running: Option<Running>,
}

struct Running {
    /// The shell that guards the broker and ends after it.
    guard: Child,
    /// Held open for as long as the broker may run.
    _alive: ChildStdin,
    pid: u32,
}

impl Broker {
    /// Starts a broker of its own on a free port.
    pub fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("kafka-").tempdir().expect("a temporary folder");
        let home = installed();
        let data = dir.path().join("data");
        fs::create_dir(&data).expect("a new folder");
        for file in fs::read_dir(home.join("empty")).expect("an installed broker has an empty data folder") {
            let file = file.expect("a readable folder");
            fs::copy(file.path(), data.join(file.file_name())).expect("room for a small file");
        }
        let (port, controller_port) = (free_port(), free_port());
        fs::write(dir.path().join("server.properties"), properties(&data, port, controller_port))
            .expect("room for a small file");
        let mut broker = Self { dir, port, running: None };
        broker.restart();
        broker
    }

    /// What a client takes for `bootstrap.servers`.
    pub fn bootstrap_servers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it by SIGKILL, as a crash does: nothing of its own runs any more.
    pub fn kill(&mut self) {
        self.end("-KILL");
    }

    /// Asks it to stop and waits for the end.
    pub fn stop(&mut self) {
        self.end("-TERM");
    }

    /// Starts it again on the same port and data. Returns once it answers.
    pub fn restart(&mut self) {
        assert!(self.running.is_none(), "the broker runs already");
        let said_before = self.said().len();
        self.running = Some(spawn(self.dir.path()));
        let deadline = Instant::now() + START_TIMEOUT;
        while !self.said()[said_before..].contains(STARTED) {
            let running = self.running.as_mut().expect("it was just started");
            let ended = running.guard.try_wait().expect("the guard is ours").is_some();
            assert!(!ended && Instant::now() < deadline, "the broker did not start; it said:\n{}", self.last_lines());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(&mut self, signal: &str) {
        let mut running = self.running.take().expect("the broker runs");
        let status = Command::new("kill").arg(signal).arg(running.pid.to_string()).status();
        assert!(status.expect("kill is everywhere").success(), "the broker had ended already:\n{}", self.last_lines());
        running.guard.wait().expect("the guard is ours");
    }

    fn said(&self) -> String {
        fs::read(self.dir.path().join("broker.log"))
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }

    fn last_lines(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = Command::new("kill").arg("-KILL").arg(running.pid.to_string()).status();
            let _ = running.guard.wait();
        }
    }
}

fn spawn(dir: &Path) -> Running {
    let mut guard = Command::new("sh")
        .arg("-c")
        .arg(GUARDED)
        .arg("kafka")
        .arg(dir)
        // Starts sooner, and takes less memory, than a broker for work.
        .args(["-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"])
        .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"])
        .args(["-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info"])
        .arg("-cp")
        .arg(installed().join("lib").join("*"))
        .arg("kafka.Kafka")
        .arg(dir.join("server.properties"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // The shell tells how the broker ended; the broker itself writes to its file.
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell is everywhere");
    let alive = guard.stdin.take().expect("standard input is piped");
    let mut line = String::new();
    let mut said = BufReader::new(guard.stdout.take().expect("standard output is piped"));
    said.read_line(&mut line).expect("the guard tells the broker's process id");
    Running { guard, _alive: alive, pid: line.trim().parse().expect("a process id is a number") }
}

/// One node that is all there is: no copies, nothing to wait for.
fn properties(data: &Path, port: u16, controller_port: u16) -> String {
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller_port}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         controller.listener.names=CONTROLLER\n\
         inter.broker.listener.name=PLAINTEXT\n\
         log.dirs={}\n\
         auto.create.topics.enable=false\n\
         num.network.threads=2\n\
         num.io.threads=4\n\
         offsets.topic.replication.factor=1\n\
         offsets.topic.num.partitions=3\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         transaction.state.log.num.partitions=3\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         transaction.abort.timed.out.transaction.cleanup.interval.ms=500\n\
         group.initial.rebalance.delay.ms=0\n\
         group.min.session.timeout.ms=500\n\
         log.retention.check.interval.ms=1000\n\
         controlled.shutdown.enable=false\n",
        data.display()
    )
}

/// Where `scripts/install-kafka` put the broker.
fn installed() -> PathBuf {
    let pom = include_str!("../../../../scripts/kafka-pom.xml");
    let version = pom
        .split_once("kafka_2.13</artifactId>")
        .and_then(|(_, rest)| rest.split_once("<version>"))
        .and_then(|(_, rest)| rest.split_once("</version>"))
        .map(|(version, _)| version)
        .expect("the pom names the broker's version");
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    let home = cache.expect("HOME is set").join("primedata").join(format!("kafka-{version}"));
    assert!(home.join("empty").is_dir(), "no Kafka broker is installed in {}: run `make tools`", home.display());
    home
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
