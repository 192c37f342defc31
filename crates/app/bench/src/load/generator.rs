//! Drives all connections from one thread.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::arrivals::Arrivals;
use super::bodies::Requests;
use super::connection::{Connection, Progress};
use crate::bar::MeasureError;

/// Ready sockets taken at a time.
const EVENTS_MAX: usize = 512;
/// How long answers are waited for that should have come while measuring.
const STRAGGLERS_MAX: Duration = Duration::from_secs(10);
/// Longest time to sleep: the clock is looked at this often even if nothing happens.
const SLEEP_MAX: Duration = Duration::from_millis(100);
/// Latencies are kept in µs up to here, to three digits.
const LATENCY_US_MAX: u64 = 60_000_000;

pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) pace: Pace,
    /// Sent before measuring begins, so that connections, caches and the disk are warm.
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

#[derive(Clone, Copy)]
pub(crate) enum Pace {
    Saturating,
    Open { requests_per_s: f64, seed: u64 },
}

/// Told to whoever watches the server while the load runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    WarmedUp,
    /// Measuring goes on; about every hundred milliseconds or more often.
    Measuring,
    Ended,
}

pub(crate) struct LoadReport {
    /// Requests that were answered with success while measuring.
    pub(crate) answered: u64,
    /// Requests that were answered 429 or 503 while measuring.
    pub(crate) refused: u64,
    /// Successes from the first to the last request, warm-up included.
    pub(crate) answered_in_all: u64,
    pub(crate) window: Duration,
    /// Of the successes, in µs, from the moment the request was due.
    pub(crate) latency_us: Histogram<u64>,
    /// CPU time of the generator per request while measuring.
    pub(crate) generator_us_per_request: f64,
}

/// Sends until the time is over. `watch` is called on the generator's thread: it should return soon.
pub(crate) fn run(
    load: &Load,
    requests: &Requests,
    watch: &mut dyn FnMut(Moment) -> Result<(), MeasureError>,
) -> Result<LoadReport, MeasureError> {
    let mut generator = Generator::connect(load, requests)?;
    let schedule = Schedule::new(load, Instant::now());
    match load.pace {
        Pace::Saturating => generator.saturate(&schedule, watch)?,
        Pace::Open { requests_per_s, seed } => {
            generator.follow(&schedule, Arrivals::new(requests_per_s, seed), watch)?;
        }
    }
    Ok(generator.report)
}

/// When what begins and ends.
struct Schedule {
    start: Instant,
    measuring: Instant,
    end: Instant,
}

impl Schedule {
    fn new(load: &Load, start: Instant) -> Self {
        let measuring = start + load.warm_up;
        Self { start, measuring, end: measuring + load.measured }
    }
}

struct Generator<'a> {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    requests: &'a [Box<[u8]>],
    next_request: usize,
    /// Answers that came since they were last looked at, by connection.
    answered: Vec<(usize, Instant, bool)>,
    events: Vec<Event>,
    report: LoadReport,
}

impl<'a> Generator<'a> {
    fn connect(load: &Load, requests: &'a Requests) -> Result<Self, MeasureError> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(load.connections);
        for number in 0..load.connections {
            let connection = Connection::open(load.address)?;
            let interest = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
            epoll::add(&epoll, connection.stream(), EventData::new_u64(number as u64), interest)?;
            connections.push(connection);
        }
        let latency_us = Histogram::new_with_max(LATENCY_US_MAX, 3)
            .map_err(|error| MeasureError::Wrong(format!("no histogram: {error:?}")))?;
        let report = LoadReport {
            answered: 0,
            refused: 0,
            answered_in_all: 0,
            window: load.measured,
            latency_us,
            generator_us_per_request: 0.0,
        };
        Ok(Self {
            epoll,
            connections,
            requests: &requests.bytes,
            next_request: 0,
            answered: Vec::with_capacity(EVENTS_MAX),
            events: Vec::with_capacity(EVENTS_MAX),
            report,
        })
    }

    /// Every connection sends again as soon as it was answered.
    fn saturate(
        &mut self,
        schedule: &Schedule,
        watch: &mut dyn FnMut(Moment) -> Result<(), MeasureError>,
    ) -> Result<(), MeasureError> {
        for connection in 0..self.connections.len() {
            self.send(connection, Instant::now())?;
        }
        let mut clock = Clock::new(schedule);
        loop {
            self.await_ready(SLEEP_MAX)?;
            let now = Instant::now();
            if clock.tell(now, &mut self.report, watch)? == Phase::Over {
                return Ok(());
            }
            for place in 0..self.answered.len() {
                let (connection, due, success) = self.answered[place];
                let is_measured = clock.phase == Phase::Measuring;
                self.count(now - due, success, is_measured, is_measured);
                self.send(connection, now)?;
            }
            self.answered.clear();
        }
    }

    /// Sends when requests fall due, whatever has been answered; who finds no free connection waits in line.
    fn follow(
        &mut self,
        schedule: &Schedule,
        arrivals: Arrivals,
        watch: &mut dyn FnMut(Moment) -> Result<(), MeasureError>,
    ) -> Result<(), MeasureError> {
        let mut due = arrivals.map(|at| schedule.start + at).take_while(|due| *due < schedule.end).peekable();
        let mut free: Vec<usize> = (0..self.connections.len()).collect();
        let mut line: VecDeque<Instant> = VecDeque::new();
        let mut clock = Clock::new(schedule);
        loop {
            let now = Instant::now();
            let until_next = due.peek().map_or(SLEEP_MAX, |next| next.saturating_duration_since(now)).min(SLEEP_MAX);
            self.await_ready(until_next)?;
            let now = Instant::now();
            for place in 0..self.answered.len() {
                let (connection, due, success) = self.answered[place];
                let in_window = clock.phase == Phase::Measuring;
                self.count(now - due, success, in_window, due >= schedule.measuring);
                free.push(connection);
            }
            self.answered.clear();
            while let Some(due) = due.next_if(|due| *due <= now) {
                line.push_back(due);
            }
            while let (Some(connection), false) = (free.last().copied(), line.is_empty()) {
                free.pop();
                self.send(connection, line.pop_front().unwrap_or(now))?;
            }
            let is_over = clock.tell(now, &mut self.report, watch)? == Phase::Over;
            if is_over && line.is_empty() && free.len() == self.connections.len() {
                return Ok(());
            }
            if now > schedule.end + STRAGGLERS_MAX {
                let missing = line.len() + self.connections.len() - free.len();
                return Err(MeasureError::Wrong(format!("{missing} requests got no answer in {STRAGGLERS_MAX:?}")));
            }
        }
    }

    fn send(&mut self, connection: usize, due: Instant) -> Result<(), MeasureError> {
        let request = self.next_request;
        self.next_request = (request + 1) % self.requests.len();
        self.connections[connection].send(request, due, self.requests)
    }

    /// Waits at most so long for sockets and notes the answers that are whole.
    fn await_ready(&mut self, at_most: Duration) -> Result<(), MeasureError> {
        let timeout = Timespec { tv_sec: at_most.as_secs() as i64, tv_nsec: at_most.subsec_nanos().into() };
        self.events.clear();
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(std::io::Error::from(error).into()),
        }
        for event in &self.events {
            let (number, flags) = (event.data.u64() as usize, event.flags);
            let connection = &mut self.connections[number];
            if let Progress::Answered { due, success } = connection.advance(flags, self.requests)? {
                self.answered.push((number, due, success));
            }
        }
        Ok(())
    }

    fn count(&mut self, latency: Duration, success: bool, in_window: bool, with_latency: bool) {
        if !success {
            self.report.refused += u64::from(in_window);
            return;
        }
        self.report.answered_in_all += 1;
        self.report.answered += u64::from(in_window);
        if with_latency {
            self.report.latency_us.saturating_record((latency.as_micros() as u64).min(LATENCY_US_MAX));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    WarmingUp,
    Measuring,
    Over,
}

/// Notices when a phase begins, tells the watcher, and meters what the generator itself costs.
struct Clock {
    measuring: Instant,
    end: Instant,
    phase: Phase,
    measured_since: Instant,
    cpu_since: Duration,
    told: Instant,
}

impl Clock {
    fn new(schedule: &Schedule) -> Self {
        let now = schedule.start;
        Self {
            measuring: schedule.measuring,
            end: schedule.end,
            phase: Phase::WarmingUp,
            measured_since: now,
            cpu_since: Duration::ZERO,
            told: now,
        }
    }

    fn tell(
        &mut self,
        now: Instant,
        report: &mut LoadReport,
        watch: &mut dyn FnMut(Moment) -> Result<(), MeasureError>,
    ) -> Result<Phase, MeasureError> {
        match self.phase {
            Phase::WarmingUp if now >= self.measuring => {
                watch(Moment::WarmedUp)?;
                (self.measured_since, self.cpu_since) = (Instant::now(), thread_cpu());
                self.phase = Phase::Measuring;
            }
            Phase::Measuring if now >= self.end => {
                report.window = now - self.measured_since;
                let requests = (report.answered + report.refused).max(1) as f64;
                report.generator_us_per_request = (thread_cpu() - self.cpu_since).as_secs_f64() * 1e6 / requests;
                watch(Moment::Ended)?;
                self.phase = Phase::Over;
            }
            Phase::Measuring if now - self.told > SLEEP_MAX => {
                self.told = now;
                watch(Moment::Measuring)?;
            }
            _ => {}
        }
        Ok(self.phase)
    }
}

fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
