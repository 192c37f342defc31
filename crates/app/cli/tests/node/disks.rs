//! Disks that are full or cannot be written.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use prime_testkit::{Server, ServerOptions};

use crate::senders::{Answer, Connection, event, stop_and_count};

/// Big enough for the smallest journal, small enough to be filled at once.
const DISK_BYTES: u64 = 48 << 20;
/// Taken from the disk first and given back later, as an operator would.
const BALLAST_BYTES: usize = 20 << 20;
const RECOVERED_WITHIN: Duration = Duration::from_secs(15);

/// A file system of its own in memory. Only the administrator may make one.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path, options: &str) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(folder).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path(), &format!("size={DISK_BYTES}")) else {
        println!("skipped: only the administrator may mount a disk of this size");
        return;
    };
    let ballast = folder.path().join("ballast");
    std::fs::write(&ballast, vec![1; BALLAST_BYTES]).unwrap();
    let options = ServerOptions::new(env!("CARGO_BIN_EXE_primedata"))
        .set("PRIMEDATA_STREAMS__SEGMENT_BYTES_MAX", 4 << 20)
        .data_dir_in(folder.path());
    let mut server = options.start().await;
    let mut connection = Connection::open(&server).await.unwrap();
    let mut acknowledged = Vec::new();

    let refusal = send_until(&mut connection, &server, &mut acknowledged, |answer| !answer.is_success()).await;
    assert!(matches!(refusal.status, 429 | 503), "{refusal:?}");
    assert!(refusal.retry_after.is_some_and(|seconds| seconds > 0), "{refusal:?}");
    assert!(refusal.body.contains("disk") || refusal.body.contains("journal"), "{refusal:?}");
    println!("{} acknowledged before the disk was full: {refusal:?}", acknowledged.len());

    std::fs::remove_file(&ballast).unwrap();
    let begun = Instant::now();
    send_until(&mut connection, &server, &mut acknowledged, Answer::is_success).await;
    println!("taken again after {:?}", begun.elapsed());

    let kept = stop_and_count(&mut server, acknowledged.len()).await.message_ids();
    let lost = acknowledged.iter().filter(|id| !kept.contains(*id)).count();
    assert_eq!(lost, 0, "of {} acknowledged", acknowledged.len());
    drop((server, disk));
}

/// Sends events until an answer is of the kind that is waited for.
async fn send_until(
    connection: &mut Connection,
    server: &Server,
    acknowledged: &mut Vec<String>,
    is_awaited: impl Fn(&Answer) -> bool,
) -> Answer {
    let begun = Instant::now();
    loop {
        let message_id = format!("disk-{}", acknowledged.len());
        let body = event(server.write_key(), &message_id, 30_000);
        let answer = connection.post("/v1/track", &body).await.expect("a full disk is an answer");
        if answer.is_success() {
            acknowledged.push(message_id);
        } else {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if is_awaited(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < RECOVERED_WITHIN, "still {answer:?}");
    }
}

#[test]
fn a_disk_that_cannot_be_written_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path(), "size=1m,ro") else {
        println!("skipped: only the administrator may mount a disk that cannot be written");
        return;
    };
    let data_dir = folder.path().join("data");
    for data_dir in [folder.path(), &data_dir] {
        let output = Command::new(env!("CARGO_BIN_EXE_primedata"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{stderr}");
        assert!(stderr.contains("the data folder") && stderr.contains("Read-only file system"), "{stderr}");
    }
    drop(disk);
}
