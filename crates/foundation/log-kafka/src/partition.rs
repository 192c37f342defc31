//! One partition: what is known of it, and how it is read.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures::executor::block_on;
use parking_lot::Mutex;
use prime_log::{AppendError, Bounds, Offset, PartitionProvider, ReadError, ReadLimit, Record};
use rdkafka::admin::AdminOptions;
use rdkafka::consumer::Consumer;
use rdkafka::{Offset as Place, TopicPartitionList};
use tokio::sync::watch;

use crate::cursors::Found;
use crate::extent::Extent;
use crate::failure::{io_error, timed_out};
use crate::shared::Shared;
use crate::window::Window;

/// Newest records that are kept in memory while anybody waits at the end.
const WINDOW_BYTES_MAX: usize = 4 << 20;

/// Without an answer for this long, a reader asks whether there is anything to wait for. A fetch without a result takes a
/// tenth of it.
const SILENCE_MAX: Duration = Duration::from_secs(1);

pub(crate) struct KafkaPartition {
    pub(crate) shared: Arc<Shared>,
    pub(crate) state: Arc<PartitionState>,
}

/// What the partition's handles and the threads of the log share.
pub(crate) struct PartitionState {
    pub(crate) topic: String,
    /// The brokers' name of the topic.
    pub(crate) kafka_topic: String,
    pub(crate) number: i32,
    known: Mutex<Known>,
    end: watch::Sender<Offset>,
    /// Held while a batch is handed over, so that its records stand together.
    order: tokio::sync::Mutex<()>,
}

struct Known {
    extent: Extent,
    window: Window,
    /// Whether the tail brings every new record.
    followed: bool,
    waiting: usize,
    waited_at: Instant,
    asked_at: Instant,
}

impl PartitionState {
    pub(crate) fn new(topic: &str, kafka_topic: &str, number: i32, start: Offset, stable: Offset) -> Self {
        let now = Instant::now();
        let known = Known {
            extent: Extent::new(start, stable),
            window: Window::default(),
            followed: false,
            waiting: 0,
            waited_at: now,
            asked_at: now,
        };
        Self {
            topic: topic.to_owned(),
            kafka_topic: kafka_topic.to_owned(),
            number,
            known: Mutex::new(known),
            end: watch::Sender::new(stable),
            order: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn extent(&self) -> Extent {
        self.known.lock().extent
    }

    /// A record was acknowledged, or read by another than the tail.
    fn saw_record(&self, offset: Offset) {
        self.learn(|known| known.extent.saw_record(offset));
    }

    /// The brokers told the bounds.
    pub(crate) fn saw_bounds(&self, start: Offset, stable: Offset) {
        self.learn(|known| {
            known.extent.saw_start(start);
            known.extent.saw_stable(stable);
        });
    }

    pub(crate) fn saw_start(&self, start: Offset) {
        self.learn(|known| known.extent.saw_start(start));
    }

    /// The tail brings the next record.
    pub(crate) fn take(&self, record: Record) {
        self.learn(|known| {
            let offset = record.offset;
            if known.followed && known.window.push(record, WINDOW_BYTES_MAX) {
                known.extent.saw_record(offset);
            }
        });
    }

    /// Begins to be followed, unless it is. Returns from where.
    pub(crate) fn follow(&self) -> Option<Offset> {
        let mut known = self.known.lock();
        if known.followed {
            return None;
        }
        known.followed = true;
        let from = known.extent.stable;
        known.window.restart(from);
        Some(from)
    }

    /// Is no longer followed; the window's memory comes back.
    pub(crate) fn unfollow(&self) {
        let mut known = self.known.lock();
        known.followed = false;
        let from = known.window.next();
        known.window.restart(from);
    }

    pub(crate) fn is_followed(&self) -> bool {
        self.known.lock().followed
    }

    /// Whether nobody has waited at the end for some time.
    pub(crate) fn is_left_since(&self, patience: Duration) -> bool {
        let known = self.known.lock();
        known.waiting == 0 && known.waited_at.elapsed() > patience
    }

    /// Whether somebody has asked for the bounds lately.
    pub(crate) fn is_asked_within(&self, patience: Duration) -> bool {
        self.known.lock().asked_at.elapsed() < patience
    }

    fn learn(&self, change: impl FnOnce(&mut Known)) {
        let end = {
            let mut known = self.known.lock();
            change(&mut known);
            known.extent.end
        };
        self.end.send_if_modified(|told| std::mem::replace(told, end) != end);
    }
}

/// Somebody waits at the end of a partition.
struct Waiting<'a>(&'a PartitionState);

impl<'a> Waiting<'a> {
    fn at(state: &'a PartitionState) -> Self {
        state.known.lock().waiting += 1;
        Self(state)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut known = self.0.known.lock();
        known.waiting -= 1;
        known.waited_at = Instant::now();
    }
}

impl KafkaPartition {
    /// Asks the brokers for the bounds.
    fn refresh(&self) -> Result<Extent, ReadError> {
        let bounds =
            self.shared.fetch_bounds(&self.state.kafka_topic, self.state.number).map_err(ReadError::Unreachable)?;
        self.state.saw_bounds(bounds.0, bounds.1);
        Ok(self.state.extent())
    }

    /// Asks the brokers for the bounds, and believes them even if more was acknowledged: that stands behind a transaction
    /// that is still open.
    fn refresh_exactly(&self) -> Result<Extent, ReadError> {
        let extent = self.refresh()?;
        let (_, stable) =
            self.shared.fetch_bounds(&self.state.kafka_topic, self.state.number).map_err(ReadError::Unreachable)?;
        if stable < extent.stable {
            self.state.learn(|known| known.extent.fell_back(stable));
            if self.state.is_followed() {
                self.shared.tail.follow_anew(&self.state);
            }
        }
        Ok(self.state.extent())
    }

    fn read_from_brokers(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        let unreachable = |error| ReadError::Unreachable(io_error(error));
        let deadline = Instant::now() + self.shared.clients.options().request_timeout;
        let mut known = self.state.extent();
        let mut cursor =
            self.shared.cursors.take(&self.state.kafka_topic, self.state.number, from).map_err(unreachable)?;
        let mut is_certain = false;
        loop {
            match cursor.read(limit, SILENCE_MAX).map_err(unreachable)? {
                Found::Records(records) => {
                    self.shared.cursors.give_back(cursor);
                    if let Some(last) = records.last() {
                        self.state.saw_record(last.offset);
                    }
                    return Ok(records);
                }
                // The client may tell of the end of what the cursor read before it was set to this place.
                Found::End if !is_certain => {
                    is_certain = true;
                    cursor.set(from).map_err(unreachable)?;
                }
                Found::End => {
                    self.shared.cursors.give_back(cursor);
                    self.state.learn(|now| now.extent.found_gap(from, known.stable));
                    return Ok(Vec::new());
                }
                Found::NoSuchOffset => {
                    let extent = self.refresh_exactly()?;
                    check_place(from, extent)?;
                    return Ok(Vec::new());
                }
                Found::Silence => {
                    known = self.refresh_exactly()?;
                    check_place(from, known)?;
                    if known.ends_at(from) {
                        return Ok(Vec::new());
                    }
                    if Instant::now() >= deadline {
                        return Err(ReadError::Unreachable(timed_out()));
                    }
                    cursor.set(from).map_err(unreachable)?;
                }
            }
        }
    }
}

fn check_place(from: Offset, extent: Extent) -> Result<(), ReadError> {
    if from < extent.start {
        return Err(ReadError::Trimmed { start: extent.start });
    }
    if from > extent.highest {
        return Err(ReadError::Beyond { from, end: extent.end });
    }
    Ok(())
}

#[async_trait]
impl PartitionProvider for KafkaPartition {
    async fn append(&self, values: Vec<Bytes>) -> Result<Range<Offset>, AppendError> {
        if values.is_empty() {
            let end = self.state.extent().end;
            return Ok(end..end);
        }
        let state = &self.state;
        let range = self.shared.appending.append(&state.kafka_topic, state.number, &values, &state.order).await?;
        state.saw_record(range.end - 1);
        Ok(range)
    }

    fn read(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        let extent = {
            let known = self.state.known.lock();
            if from >= known.extent.start
                && let Some(records) = known.window.read(from, limit)
            {
                return Ok(records);
            }
            known.extent
        };
        let extent = if extent.ends_at(from) { self.refresh()? } else { extent };
        check_place(from, extent)?;
        if extent.ends_at(from) {
            return Ok(Vec::new());
        }
        self.read_from_brokers(from, limit)
    }

    fn bounds(&self) -> Bounds {
        let mut known = self.state.known.lock();
        known.asked_at = Instant::now();
        let Extent { start, end, .. } = known.extent;
        Bounds { start: start.min(end), end, bytes: 0 }
    }

    async fn wait_beyond(&self, offset: Offset) {
        let mut end = self.state.end.subscribe();
        if *end.borrow_and_update() > offset {
            return;
        }
        let _waiting = Waiting::at(&self.state);
        self.shared.tail.follow(&self.state);
        let reached = end.wait_for(|end| *end > offset).await.is_ok();
        debug_assert!(reached, "the handle keeps the sender alive");
    }

    fn trim(&self, before: Offset) -> io::Result<()> {
        self.shared.appending.check_open()?;
        let extent = self.state.extent();
        let before = before.min(extent.stable);
        if before <= extent.start {
            return Ok(());
        }
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&self.state.kafka_topic, self.state.number, Place::Offset(before as i64))
            .map_err(io_error)?;
        let timeout = Some(self.shared.clients.options().request_timeout);
        let patience = AdminOptions::new().request_timeout(timeout).operation_timeout(timeout);
        let trimmed = block_on(self.shared.admin.delete_records(&list, &patience)).map_err(io_error)?;
        for place in trimmed.elements() {
            place.error().map_err(io_error)?;
            if let Place::Offset(start) = place.offset() {
                self.state.saw_start(start.max(0) as Offset);
            }
        }
        Ok(())
    }

    fn position_at(&self, time_ms: i64) -> Offset {
        let mut list = TopicPartitionList::with_capacity(1);
        let timeout = self.shared.clients.options().request_timeout;
        let found = list
            .add_partition_offset(&self.state.kafka_topic, self.state.number, Place::Offset(time_ms.max(0)))
            .and_then(|()| self.shared.tail.consumer().offsets_for_times(list, timeout));
        let place = found.and_then(|found| {
            let elements = found.elements();
            let place = elements.first().map(|element| element.error().map(|()| element.offset()));
            place.unwrap_or(Ok(Place::Invalid))
        });
        match place {
            Ok(Place::Offset(offset)) => offset.max(0) as Offset,
            Ok(_) => self.refresh().map_or_else(|_| self.state.extent().start, |extent| extent.end),
            Err(error) => {
                tracing::warn!(topic = self.state.topic, partition = self.state.number, %error, "failed to find a time in Kafka");
                self.state.extent().start
            }
        }
    }

    fn topic(&self) -> &str {
        &self.state.topic
    }

    fn number(&self) -> u32 {
        self.state.number as u32
    }
}
