//! One `primedata serve`, from the outside.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use prime_node::Announcement;
use serde_json::Value;
use tempfile::TempDir;

/// How long a start may take on a busy machine before the test fails.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The journal's backlog is counted once a second.
const BACKLOG_COUNTED: Duration = Duration::from_millis(1_500);
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// How to start a server.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The `primedata` binary: `env!("CARGO_BIN_EXE_primedata")` in the tests of its crate.
    pub binary: PathBuf,
    /// Settings as environment variables, by their whole names.
    pub environment: Vec<(String, String)>,
    /// Where the data folder is made; among the temporary folders unless set.
    pub data_dir_in: Option<PathBuf>,
}

/// A running server with a data folder of its own. Killed when dropped.
pub struct Server {
    options: ServerOptions,
    child: Child,
    port: u16,
    data_dir: TempDir,
    pub node: Announcement,
    http: reqwest::Client,
}

impl ServerOptions {
    pub fn new(binary: impl AsRef<Path>) -> Self {
        Self { binary: binary.as_ref().to_owned(), environment: Vec::new(), data_dir_in: None }
    }

    pub fn data_dir_in(self, folder: impl AsRef<Path>) -> Self {
        Self { data_dir_in: Some(folder.as_ref().to_owned()), ..self }
    }

    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Starts it and returns once it is ready.
    pub async fn start(self) -> Server {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let above = self.data_dir_in.clone().unwrap_or_else(std::env::temp_dir);
        let data_dir = tempfile::tempdir_in(above).expect("a temporary folder");
        let port = free_port();
        let child = spawn(&self, data_dir.path(), port);
        let http = reqwest::Client::builder().build().expect("an HTTP client");
        let node = Announcement { url: String::new(), pid: 0, token: String::new(), setup_url: None, write_key: None };
        let mut server = Server { options: self, child, port, data_dir, node, http };
        server.await_ready().await;
        server
    }
}

impl Server {
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self) -> &str {
        &self.node.url
    }

    pub fn write_key(&self) -> &str {
        self.node.write_key.as_deref().expect("the first start makes a source")
    }

    /// Ends it by SIGKILL, as a crash does: nothing of its own runs any more.
    pub fn kill(&mut self) {
        self.child.kill().expect("the server was running");
        self.child.wait().expect("a killed process ends");
    }

    /// Stops its clock: it does nothing and knows nothing of it, until it is woken.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets a paused server go on as if nothing had been.
    pub fn wake(&self) {
        self.signal("-CONT");
    }

    /// Starts it again on the same port and data.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.options, self.data_dir.path(), self.port);
        self.await_ready().await;
    }

    /// Asks it to stop and waits for the end.
    pub async fn stop(&mut self) -> ExitStatus {
        self.begin_stop();
        let deadline = Instant::now() + STOP_TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().expect("the server is ours") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server did not stop within {STOP_TIMEOUT:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends SIGTERM.
    pub fn begin_stop(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid().to_string()]).status().expect("kill is everywhere");
        assert!(status.success(), "the server had ended already");
    }

    /// What the public API answers under `data`; fails the test on any error.
    pub async fn api(&self, path: &str) -> Value {
        let url = format!("{}/api/v1{path}", self.url());
        let response = self.http.get(&url).bearer_auth(&self.node.token).send().await.expect("the server answers");
        let status = response.status();
        let mut body: Value = response.json().await.expect("the API answers JSON");
        assert!(status.is_success(), "{path} answered {status}: {body}");
        body["data"].take()
    }

    /// Posts to the public API; the status and the whole answer.
    pub async fn api_post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/api/v1{path}", self.url());
        let request = self.http.post(&url).bearer_auth(&self.node.token).json(body);
        let response = request.send().await.expect("the server answers");
        (response.status().as_u16(), response.json().await.expect("the API answers JSON"))
    }

    /// Deletes something by the public API; fails the test on any error.
    pub async fn api_delete(&self, path: &str) {
        let url = format!("{}/api/v1{path}", self.url());
        let response = self.http.delete(&url).bearer_auth(&self.node.token).send().await.expect("the server answers");
        assert!(response.status().is_success(), "{path} answered {}", response.status());
    }

    /// Posts a body to the tracking API; the status and the answer's text.
    pub async fn post(&self, path: &str, body: String) -> (u16, String) {
        let request = self.http.post(format!("{}{path}", self.url())).body(body);
        let response = request.send().await.expect("the server answers");
        (response.status().as_u16(), response.text().await.expect("an answer has a text"))
    }

    /// For requests of the test's own.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Waits until profiles show everything that was accepted.
    pub async fn await_profiles(&self) {
        let deadline = Instant::now() + START_TIMEOUT;
        let mut quiet_since = Instant::now();
        loop {
            let identity = self.api("/identity").await["identity"].take();
            let overview = self.api("/overview").await;
            if identity["behind"] != 0 || overview["journal"]["behind"] != 0 {
                quiet_since = Instant::now();
            } else if quiet_since.elapsed() > BACKLOG_COUNTED {
                return;
            }
            assert!(Instant::now() < deadline, "profiles did not follow within {START_TIMEOUT:?}: {identity}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn await_ready(&mut self) {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().expect("the server is ours") {
                panic!("the server ended at its start with {status}");
            }
            match Announcement::read(self.data_dir.path()) {
                Ok(node) if node.pid == self.child.id() => {
                    self.node = node;
                    return;
                }
                _ => tokio::time::sleep(Duration::from_millis(5)).await,
            }
            assert!(Instant::now() < deadline, "the server was not ready within {START_TIMEOUT:?}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(options: &ServerOptions, data_dir: &Path, port: u16) -> Child {
    Command::new(&options.binary)
        .arg("serve")
        .arg("--data-dir")
        .arg(data_dir)
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        // The receivers of tests are on this machine.
        .env("PRIMEDATA_DELIVER__ALLOW_PRIVATE_NETWORKS", "true")
        .envs(options.environment.iter().map(|(name, value)| (name, value)))
        .env("PRIMEDATA_LOGGING__LEVEL", "warn")
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{} cannot be started: {error}", options.binary.display()))
}

/// A port that was free a moment ago; kept over restarts, so it cannot be left to the server.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
