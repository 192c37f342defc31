use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::Instant;

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Tells whoever waits what is being done, with the seconds since the first such line.
pub(crate) fn progress(what: &str) {
    let _ = writeln!(io::stderr(), "{:7.1} s  {what}", STARTED.elapsed().as_secs_f64());
}
