//! The shop: an endless, seeded line of requests on a clock of its own.

use std::collections::VecDeque;

use prime_event::{MessageType, Timestamp, WriteKey};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::chance::Chance;
use crate::fault::{join_with_damage, spoil};
use crate::message::{self, DemoMessage, Expected};
use crate::people::{DemoPerson, Device, DeviceKind, Person};
use crate::request::{self, DemoRequest, Sender};
use crate::visit::Visit;

/// People the shop remembers; later visitors are people it knows already. About 1 KiB each.
const PEOPLE_MAX: usize = 10_000;
const DEVICES_MAX: usize = 4;
/// Visitors at a time: enough that one person's steps lie a few seconds apart at any rate, but bounded.
const VISITS_MIN: f64 = 8.0;
const VISITS_MAX: f64 = 500.0;
const VISIT_SECONDS_PER_STEP: f64 = 3.0;
/// A batch is closed before it gets here, so that one more message of the largest size stays below what the tracking
/// API takes in one request.
const BATCH_BYTES_MAX: usize = 440_000;
/// Requests that pass before one of them is sent again.
const REPEAT_AFTER_MAX: u64 = 60;

const MINUTE_MS: u64 = 60_000;
const LAG_MS_MAX: u64 = 3 * 24 * 60 * MINUTE_MS;
const SHARE_OF_LATE_PHONE_VISITS: f64 = 0.12;
const SHARE_OF_FAULTS_THAT_SPOIL_THE_REQUEST: f64 = 0.1;

/// What decides everything that a shop will ever send.
#[derive(Clone, Debug)]
pub struct ShopOptions {
    pub seed: u64,
    /// The time of the first message.
    pub start: Timestamp,
    pub write_key: WriteKey,
    /// Messages a second on the shop's clock; infinite stops the clock.
    pub rate: f64,
    /// The share of requests that are sent twice, from 0 to 1.
    pub duplicates: f64,
    /// The share of messages that break the tracking contract, from 0 to 1.
    pub malformed: f64,
    /// Messages in one batch at most; 1 sends every message by itself.
    pub batch: usize,
    /// How many messages there are in all, repetitions included. Endless when none.
    pub count: Option<u64>,
}

/// The options contradict themselves.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidOptions {
    #[error("the rate has to be above zero")]
    Rate,
    #[error("the share of {0} has to lie between 0 and 1")]
    Share(&'static str),
    #[error("a batch has to hold between 1 and 2500 messages")]
    Batch,
}

/// A believable shop.
///
/// Equal options make equal shops, to the byte, on any machine. It reads no clock: every message has its time on the
/// shop's own clock, which moves by `1 / rate` seconds with each message.
pub struct Shop {
    options: ShopOptions,
    chance: Chance,
    people: Vec<Person>,
    visits: Vec<ActiveVisit>,
    server: Buffer,
    ready: VecDeque<DemoRequest>,
    repeats: VecDeque<(u64, DemoRequest)>,
    /// Messages that were made, sent or not.
    messages: u64,
    requests: u64,
    closed: bool,
}

struct ActiveVisit {
    visit: Visit,
    buffer: Buffer,
}

/// Messages that wait for their batch.
#[derive(Default)]
struct Buffer {
    messages: Vec<DemoMessage>,
    bytes: usize,
}

impl Shop {
    pub fn new(options: ShopOptions) -> Result<Self, InvalidOptions> {
        options.check()?;
        Ok(Self {
            chance: Chance::new(options.seed),
            people: Vec::new(),
            visits: Vec::new(),
            server: Buffer::default(),
            ready: VecDeque::new(),
            repeats: VecDeque::new(),
            messages: 0,
            requests: 0,
            closed: false,
            options,
        })
    }

    /// Everybody who came to the shop so far, in the order in which they first came.
    pub fn people(&self) -> Vec<DemoPerson> {
        self.people.iter().map(DemoPerson::from).collect()
    }

    /// Lets one visitor take one step, which makes one message.
    fn advance(&mut self) {
        if self.is_complete() {
            return self.close();
        }
        let at = self.now();
        self.messages += 1;
        let index = self.choose_visit();
        let ActiveVisit { visit, .. } = &mut self.visits[index];
        let who = &mut self.people[visit.person];
        let device = &who.devices[visit.device];
        let kind = device.kind;
        let sent_at = Timestamp::from_millis(at.as_millis() + device.clock_skew_ms);
        let believed = Timestamp::from_millis(sent_at.as_millis() - visit.lag_ms);
        // Every planned visit has a step left: the last one ends it.
        let step = visit.steps.pop_front().unwrap_or(crate::visit::Step::Leave);
        let path = visit.page_path(step);
        let draft = visit.act(step, who, &believed.to_string(), &mut self.chance);
        let message_kind = draft.kind;
        if draft.from_server {
            let message = message::from_server(draft, who, at, &mut self.chance);
            self.send(Sender::Server, index, message_kind, message, at);
        } else {
            let message = message::from_device(draft, who, visit, &path, believed, &mut self.chance);
            self.send(Sender::Device(kind), index, message_kind, message, sent_at);
        }
        if self.visits[index].visit.steps.is_empty() {
            let ended = self.visits.swap_remove(index);
            self.flush(Sender::Device(kind), ended.buffer, sent_at);
        }
    }

    /// A visit under way, or a new one.
    fn choose_visit(&mut self) -> usize {
        let most = (self.options.rate * VISIT_SECONDS_PER_STEP).clamp(VISITS_MIN, VISITS_MAX) as usize;
        if self.visits.is_empty() || (self.visits.len() < most && self.chance.happens(0.2)) {
            let visit = self.plan_visit();
            self.visits.push(ActiveVisit { visit, buffer: Buffer::default() });
            return self.visits.len() - 1;
        }
        self.chance.index(self.visits.len())
    }

    fn plan_visit(&mut self) -> Visit {
        let chance = &mut self.chance;
        let is_new = self.people.is_empty() || (self.people.len() < PEOPLE_MAX && chance.happens(0.4));
        if is_new {
            self.people.push(Person::new(self.people.len() as u64 + 1, chance));
        }
        let person = if is_new { self.people.len() - 1 } else { chance.index(self.people.len()) };
        let who = &mut self.people[person];
        if !is_new && who.devices.len() < DEVICES_MAX && chance.happens(0.25) {
            let kind = DeviceKind::any(chance);
            who.devices.push(Device::new(kind, chance));
        }
        let device = chance.index(who.devices.len());
        let late = who.devices[device].is_phone() && chance.happens(SHARE_OF_LATE_PHONE_VISITS);
        let lag_ms = if late { chance.between(10 * MINUTE_MS, LAG_MS_MAX) as i64 } else { 0 };
        Visit::plan(person, device, who, lag_ms, chance)
    }

    /// Sends a message by itself or puts it into its batch, spoiled or not.
    fn send(
        &mut self,
        sender: Sender,
        visit: usize,
        kind: MessageType,
        mut message: Map<String, Value>,
        sent_at: Timestamp,
    ) {
        let alone = sender == Sender::Device(DeviceKind::Browser) || self.options.batch == 1;
        let spoiled = self.chance.happens(self.options.malformed);
        if spoiled && self.chance.happens(SHARE_OF_FAULTS_THAT_SPOIL_THE_REQUEST) {
            return self.send_unreadable(sender, kind, message, sent_at);
        }
        if alone {
            request::put_single_fields(&mut message, sender, sent_at, &self.options.write_key);
        }
        let message = self.finish(message, kind, spoiled, !alone);
        if alone {
            let request = request::single(sender, kind, message.json.clone(), message, self.now());
            return self.ready.push_back(request);
        }
        let buffer = match sender {
            Sender::Server => &mut self.server,
            Sender::Device(_) => &mut self.visits[visit].buffer,
        };
        buffer.bytes += message.json.len();
        buffer.messages.push(message);
        if buffer.messages.len() >= self.options.batch || buffer.bytes > BATCH_BYTES_MAX {
            let full = std::mem::take(buffer);
            self.flush(sender, full, sent_at);
        }
    }

    fn finish(&mut self, message: Map<String, Value>, kind: MessageType, spoiled: bool, in_batch: bool) -> DemoMessage {
        let (value, expected) = if spoiled {
            let (value, code) = spoil(message, kind, in_batch, &mut self.chance);
            (value, Expected::Rejected(code))
        } else {
            (Value::Object(message), Expected::Accepted)
        };
        let message_id = value.get("messageId").and_then(Value::as_str).unwrap_or_default().to_owned();
        DemoMessage { message_id, json: value.to_string(), expected }
    }

    /// A body that broke off on its way: no message of it can be read.
    fn send_unreadable(
        &mut self,
        sender: Sender,
        kind: MessageType,
        mut message: Map<String, Value>,
        sent_at: Timestamp,
    ) {
        request::put_single_fields(&mut message, sender, sent_at, &self.options.write_key);
        let message = self.finish(message, kind, false, false);
        let mut body = message.json.clone();
        let mut end = body.len() / 2;
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        body.truncate(end);
        let request = request::single(sender, kind, body, message, self.now());
        self.ready.push_back(DemoRequest { messages: [].into(), status: 400, ..request });
    }

    fn flush(&mut self, sender: Sender, buffer: Buffer, sent_at: Timestamp) {
        if buffer.messages.is_empty() {
            return;
        }
        let items: Vec<&str> = buffer.messages.iter().map(|message| message.json.as_str()).collect();
        let damaged = items.len() > 1 && self.chance.happens(self.options.malformed);
        let joined = if damaged { join_with_damage(&items, &mut self.chance) } else { items.join(",") };
        let path = match sender {
            Sender::Server => self.chance.pick(&["/v1/batch", "/v1/import/"]),
            Sender::Device(_) => "/v1/b",
        };
        let key = &self.options.write_key;
        let request = request::batch(sender, path, &joined, buffer.messages, key, self.now(), sent_at);
        self.ready.push_back(request);
    }

    /// The last messages of all: what waits in buffers goes out as it is.
    fn close(&mut self) {
        self.closed = true;
        for active in std::mem::take(&mut self.visits) {
            let device = &self.people[active.visit.person].devices[active.visit.device];
            let (kind, skew) = (device.kind, device.clock_skew_ms);
            let sent_at = Timestamp::from_millis(self.now().as_millis() + skew);
            self.flush(Sender::Device(kind), active.buffer, sent_at);
        }
        let server = std::mem::take(&mut self.server);
        self.flush(Sender::Server, server, self.now());
    }

    /// Decides whether a request that goes out now will go out once more.
    fn plan_repeat(&mut self, request: &DemoRequest) {
        let messages = request.messages.len() as u64;
        let fits = self.options.count.is_none_or(|count| self.messages + messages <= count);
        if messages > 0 && self.chance.happens(self.options.duplicates) && fits {
            self.messages += messages;
            let due = self.requests + self.chance.between(1, REPEAT_AFTER_MAX);
            self.repeats.push_back((due, DemoRequest { retries: request.retries + 1, ..request.clone() }));
        }
    }

    /// A request that is due to be sent again; all are once the shop has closed.
    fn take_repeat(&mut self) -> Option<DemoRequest> {
        let everything = self.closed && self.ready.is_empty();
        let place = self.repeats.iter().position(|(due, _)| everything || *due <= self.requests)?;
        let (_, request) = self.repeats.remove(place)?;
        Some(DemoRequest { at: self.now(), ..request })
    }

    fn is_complete(&self) -> bool {
        self.options.count.is_some_and(|count| self.messages >= count)
    }

    fn now(&self) -> Timestamp {
        let passed_ms = self.messages as f64 * 1_000.0 / self.options.rate;
        Timestamp::from_millis(self.options.start.as_millis() + passed_ms as i64)
    }
}

impl Iterator for Shop {
    type Item = DemoRequest;

    fn next(&mut self) -> Option<DemoRequest> {
        loop {
            if let Some(repeat) = self.take_repeat() {
                return Some(repeat);
            }
            if let Some(request) = self.ready.pop_front() {
                self.requests += 1;
                self.plan_repeat(&request);
                return Some(request);
            }
            if self.closed {
                return None;
            }
            self.advance();
        }
    }
}

impl ShopOptions {
    fn check(&self) -> Result<(), InvalidOptions> {
        // Written so that a rate or a share that is not a number is refused, too.
        if self.rate.is_nan() || self.rate <= 0.0 {
            return Err(InvalidOptions::Rate);
        }
        for (share, name) in [(self.duplicates, "duplicates"), (self.malformed, "malformed messages")] {
            if !(0.0..=1.0).contains(&share) {
                return Err(InvalidOptions::Share(name));
            }
        }
        if !(1..=prime_event::limits::BATCH_MESSAGES_MAX).contains(&self.batch) {
            return Err(InvalidOptions::Batch);
        }
        Ok(())
    }
}
