//! One program under one load, metered from outside.

use std::time::Duration;

use crate::bar::{MeasureError, Reading};
use crate::child::{Process, Program, data_folder};
use crate::load::{self, Load, LoadReport, Moment, Pace, Requests, Shape};
use crate::rounds::median;

/// Bytes of a megabyte, as memory is demanded in.
pub(super) const MB: f64 = 1e6;
const SEED: u64 = 0x05EE_DBED;

/// What is sent, and how.
#[derive(Clone, Copy)]
pub(super) struct Sending {
    pub(super) shape: Shape,
    /// Different requests that are sent in turns.
    pub(super) distinct: usize,
    pub(super) connections: usize,
    pub(super) pace: Pace,
    pub(super) warm_up: Duration,
    pub(super) measured: Duration,
}

/// What one round shows.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) events_per_s: f64,
    pub(super) cpu_us_per_event: f64,
    /// CPU time over wall time: 2 would be both cores.
    pub(super) cores: f64,
    pub(super) ack_p50_ms: f64,
    pub(super) ack_p99_ms: f64,
    pub(super) ack_p999_ms: f64,
    pub(super) rss_max_mb: f64,
    pub(super) disk_bytes_per_event: f64,
    pub(super) refused_per_s: f64,
    pub(super) generator_us_per_request: f64,
    pub(super) event_bytes: f64,
    pub(super) body_bytes_per_event: f64,
}

/// Starts the program, sends, and stops it.
pub(super) fn round(program: Program, sending: &Sending) -> Result<Seen, MeasureError> {
    let folder = data_folder()?;
    let process = program.start(folder.path())?;
    let requests = Requests::make(sending.shape, sending.distinct, &process.write_key, SEED)?;
    round_on(&process, &requests, sending, &mut |_| Ok(()))
}

/// Sends to a program that runs. `watch` is called some ten times a second while measuring.
pub(super) fn round_on(
    process: &Process,
    requests: &Requests,
    sending: &Sending,
    watch: &mut dyn FnMut(u64) -> Result<(), MeasureError>,
) -> Result<Seen, MeasureError> {
    let load = Load {
        address: process.address,
        connections: sending.connections,
        pace: sending.pace,
        warm_up: sending.warm_up,
        measured: sending.measured,
    };
    let bytes_before = process.journal_bytes()?;
    let (mut cpu_before, mut cpu_after, mut rss_max) = (Duration::ZERO, Duration::ZERO, 0);
    let report = load::run(&load, requests, &mut |moment| {
        let rss = process.rss_bytes()?;
        rss_max = rss_max.max(rss);
        match moment {
            Moment::WarmedUp => cpu_before = process.cpu()?,
            Moment::Measuring => watch(rss)?,
            Moment::Ended => cpu_after = process.cpu()?,
        }
        Ok(())
    })?;
    let journaled = process.journal_bytes()?.saturating_sub(bytes_before);
    Ok(seen(&report, requests, cpu_after.saturating_sub(cpu_before), rss_max, journaled))
}

fn seen(report: &LoadReport, requests: &Requests, cpu: Duration, rss_max: u64, journaled: u64) -> Seen {
    let per_request = requests.events_per_request as f64;
    let events = report.answered as f64 * per_request;
    let quantile_ms = |quantile| report.latency_us.value_at_quantile(quantile) as f64 / 1_000.0;
    let window_s = report.window.as_secs_f64();
    Seen {
        events_per_s: events / window_s,
        cpu_us_per_event: cpu.as_secs_f64() * 1e6 / events,
        cores: cpu.as_secs_f64() / window_s,
        ack_p50_ms: quantile_ms(0.5),
        ack_p99_ms: quantile_ms(0.99),
        ack_p999_ms: quantile_ms(0.999),
        rss_max_mb: rss_max as f64 / MB,
        disk_bytes_per_event: journaled as f64 / (report.answered_in_all as f64 * per_request),
        refused_per_s: report.refused as f64 / window_s,
        generator_us_per_request: report.generator_us_per_request,
        event_bytes: requests.event_bytes,
        body_bytes_per_event: requests.body_bytes_per_event,
    }
}

/// Rounds of both in turns, and the median of every figure of each.
pub(super) fn against_floor(rounds: usize, sending: &Sending) -> Result<(Seen, Seen), MeasureError> {
    let server = || round(COLLECTOR, sending);
    let floor = || round(Program::Floor, sending);
    let (servers, floors) = crate::rounds::in_turns(rounds, server, floor)?;
    Ok((Seen::median(&servers), Seen::median(&floors)))
}

/// Rounds are short enough to keep all of the journal.
pub(super) const COLLECTOR: Program = Program::Collector { journal_bytes_kept: u64::MAX };

impl Seen {
    fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure).collect());
        Self {
            events_per_s: of(|seen| seen.events_per_s),
            cpu_us_per_event: of(|seen| seen.cpu_us_per_event),
            cores: of(|seen| seen.cores),
            ack_p50_ms: of(|seen| seen.ack_p50_ms),
            ack_p99_ms: of(|seen| seen.ack_p99_ms),
            ack_p999_ms: of(|seen| seen.ack_p999_ms),
            rss_max_mb: of(|seen| seen.rss_max_mb),
            disk_bytes_per_event: of(|seen| seen.disk_bytes_per_event),
            refused_per_s: of(|seen| seen.refused_per_s),
            generator_us_per_request: of(|seen| seen.generator_us_per_request),
            event_bytes: of(|seen| seen.event_bytes),
            body_bytes_per_event: of(|seen| seen.body_bytes_per_event),
        }
    }

    /// All of it, for the table and the results.
    pub(super) fn readings(&self) -> Vec<Reading> {
        vec![
            reading("events_per_s", "events/s", self.events_per_s, ""),
            reading(CPU, "server CPU", self.cpu_us_per_event, "us/event"),
            reading("ack_p50_ms", "ack p50", self.ack_p50_ms, "ms"),
            reading(ACK_P99, "p99", self.ack_p99_ms, "ms"),
            reading(ACK_P999, "p99.9", self.ack_p999_ms, "ms"),
            reading("rss_max_mb", "RSS", self.rss_max_mb, "MB"),
            reading("disk_bytes_per_event", "on disk", self.disk_bytes_per_event, "bytes/event"),
            reading("server_cores", "server cores", self.cores, ""),
            reading("refused_per_s", "refused", self.refused_per_s, "requests/s"),
            reading("generator_us_per_request", "generator CPU", self.generator_us_per_request, "us/request"),
        ]
    }

    /// What of the floor is worth a look.
    pub(super) fn floor_readings(&self) -> Vec<Reading> {
        vec![
            reading("floor_events_per_s", "floor events/s", self.events_per_s, ""),
            reading("floor_cpu_us_per_event", "floor CPU", self.cpu_us_per_event, "us/event"),
            reading("floor_ack_p99_ms", "floor p99", self.ack_p99_ms, "ms"),
        ]
    }
}

pub(super) const CPU: &str = "server_cpu_us_per_event";
pub(super) const ACK_P99: &str = "ack_p99_ms";
pub(super) const ACK_P999: &str = "ack_p999_ms";

pub(super) fn reading(name: &'static str, label: &'static str, value: f64, unit: &'static str) -> Reading {
    Reading { name, label, value, unit }
}
