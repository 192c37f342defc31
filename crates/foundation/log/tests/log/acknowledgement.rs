use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use prime_log::ReadLimit;

use crate::support::{Random, open, open_with, unbounded, value};

/// The process that is killed is this test itself, told by its environment to append until then.
#[tokio::test]
async fn what_was_acknowledged_survives_kill_nine() {
    const CHILD: &str = "PRIME_LOG_TEST_APPEND_TO";
    if let Some(dir) = std::env::var_os(CHILD) {
        return append_until_killed(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeMap::new();
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["acknowledgement::what_was_acknowledged_survives_kill_nine", "--exact", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acks = lines.map_while(Result::ok).filter_map(|line| acknowledgement(&line));
        // The time runs from the first acknowledgement, however long a busy machine takes to start the child.
        acknowledged.extend(Some(acks.next().expect("the child got something acknowledged")));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(Random(round).below(300)));
            child.kill().and_then(|()| child.wait()).unwrap()
        });
        acknowledged.extend(acks);
        assert!(!killer.join().unwrap().success(), "the child ends by being killed");

        let (log, partition) = open(dir.path());
        for (offset, name) in &acknowledged {
            let record = partition.read(*offset, ReadLimit { bytes_max: 1, records_max: 1 }).unwrap().remove(0);
            assert_eq!(record.value, value(*name, 500), "record {offset}");
        }
        log.close().await;
    }
}

async fn append_until_killed(dir: &Path) {
    let (_log, partition) = open_with(dir, 100_000, unbounded()).unwrap();
    let start = partition.bounds().end;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..16 {
        let partition = partition.clone();
        callers.spawn(async move {
            for turn in 0.. {
                let name = (start << 32) | (caller << 24) | turn;
                let offsets = partition.append(vec![value(name, 500)]).await.unwrap();
                // One write of less than a pipe's atomic size: no half lines.
                std::io::stdout().write_all(format!("\nack {} {name}\n", offsets.start).as_bytes()).unwrap();
            }
        });
    }
    callers.join_all().await;
}

fn acknowledgement(line: &str) -> Option<(u64, u64)> {
    let (offset, name) = line.strip_prefix("ack ")?.split_once(' ')?;
    Some((offset.parse().ok()?, name.parse().ok()?))
}
