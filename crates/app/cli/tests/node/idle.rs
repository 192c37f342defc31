//! A product that nobody uses costs next to nothing.

use std::fs;
use std::time::Duration;

use prime_testkit::ServerOptions;

const RSS_KIB_MAX: u64 = 100 * 1024;
const CPU_SHARE_MAX: f64 = 0.01;
const WATCHED: Duration = Duration::from_secs(15);

#[tokio::test]
async fn an_idle_node_takes_less_than_100_mb_and_one_percent_of_a_core() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let event = format!(r#"{{"writeKey":"{}","userId":"u","event":"e"}}"#, server.write_key());
    server.post("/v1/track", event).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = cpu_seconds(server.pid());
    tokio::time::sleep(WATCHED).await;
    let share = (cpu_seconds(server.pid()) - before) / WATCHED.as_secs_f64();
    let rss = rss_kib(server.pid());
    println!("idle: {} MiB of memory, {:.2} % of a core", rss / 1024, share * 100.0);
    assert!(rss <= RSS_KIB_MAX, "{rss} KiB");
    assert!(share < CPU_SHARE_MAX, "{share}");
}

fn rss_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells the resident size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// User and system time, in clock ticks of a hundredth of a second.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the server runs");
    let after_name = stat.rsplit_once(')').expect("the name stands in brackets").1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().map(|at| fields[*at].parse::<u64>().expect("a number")).sum();
    ticks as f64 / 100.0
}
