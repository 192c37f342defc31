//! The calls to librdkafka that its Rust crate does not offer yet: positions of any group over one client. Without them
//! every group would take a client of its own, with its threads and connections.
#![expect(unsafe_code, reason = "librdkafka is C, and its crate has no safe form of these calls")]

use std::ffi::CString;
use std::ptr::{self, NonNull};
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::{Client, ClientContext};
use rdkafka::types::{RDKafka, RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};

/// A place in a partition, by the brokers' names.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) topic: String,
    pub(crate) number: i32,
    pub(crate) next: i64,
}

/// Sets positions of a group that has no members.
pub(crate) fn alter_positions<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    places: &[Place],
    timeout: Duration,
) -> Result<(), RDKafkaErrorCode> {
    let (client, group) = (client.native_ptr(), c_string(group)?);
    let list = list_of(places)?;
    let options = Options::new(client, rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, timeout)?;
    let queue = Queue::new(client)?;
    // SAFETY: the arguments live through the calls; the request copies what it keeps. It is destroyed once below.
    let request = unsafe { rd::rd_kafka_AlterConsumerGroupOffsets_new(group.as_ptr(), list.ptr()) };
    let mut request = NonNull::new(request).ok_or(RDKafkaErrorCode::InvalidArgument)?.as_ptr();
    // SAFETY: as above; one request is what librdkafka takes.
    unsafe {
        rd::rd_kafka_AlterConsumerGroupOffsets(client, &mut request, 1, options.0.as_ptr(), queue.0.as_ptr());
        rd::rd_kafka_AlterConsumerGroupOffsets_destroy(request);
    }
    let event = queue.answer(timeout)?;
    // SAFETY: the event lives until the end of the function, and with it all that is read from it.
    unsafe {
        let result = rd::rd_kafka_event_AlterConsumerGroupOffsets_result(event.0.as_ptr());
        let mut count = 0;
        let groups = rd::rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &mut count);
        first_of(groups, count).map(|_| ())
    }
}

/// The position of a group in one partition, `None` if it has none. Positions of transactions that are still open are an
/// error that passes.
pub(crate) fn position<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    topic: &str,
    number: i32,
    timeout: Duration,
) -> Result<Option<u64>, RDKafkaErrorCode> {
    let (client, group) = (client.native_ptr(), c_string(group)?);
    let list = list_of(&[Place { topic: topic.to_owned(), number, next: 0 }])?;
    let options = Options::new(client, rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, timeout)?;
    // SAFETY: the options are ours. An error that is returned is ours to destroy; null is fine.
    unsafe { rd::rd_kafka_error_destroy(rd::rd_kafka_AdminOptions_set_require_stable_offsets(options.0.as_ptr(), 1)) };
    let queue = Queue::new(client)?;
    // SAFETY: the arguments live through the calls; the request copies what it keeps. It is destroyed once below.
    let request = unsafe { rd::rd_kafka_ListConsumerGroupOffsets_new(group.as_ptr(), list.ptr()) };
    let mut request = NonNull::new(request).ok_or(RDKafkaErrorCode::InvalidArgument)?.as_ptr();
    // SAFETY: as above; one request is what librdkafka takes.
    unsafe {
        rd::rd_kafka_ListConsumerGroupOffsets(client, &mut request, 1, options.0.as_ptr(), queue.0.as_ptr());
        rd::rd_kafka_ListConsumerGroupOffsets_destroy(request);
    }
    let event = queue.answer(timeout)?;
    // SAFETY: the event lives until the end of the function, and with it all that is read from it.
    let found = unsafe {
        let result = rd::rd_kafka_event_ListConsumerGroupOffsets_result(event.0.as_ptr());
        let mut count = 0;
        let groups = rd::rd_kafka_ListConsumerGroupOffsets_result_groups(result, &mut count);
        first_of(groups, count)?
    };
    Ok(found.and_then(|offset| u64::try_from(offset).ok()))
}

/// Makes a group's positions part of the open transaction of a producer. Waits up to `timeout`.
pub(crate) fn send_positions<C: ClientContext>(
    producer: &Client<C>,
    group: &str,
    places: &[Place],
    timeout: Duration,
) -> Result<(), RDKafkaErrorCode> {
    let (producer, group) = (producer.native_ptr(), c_string(group)?);
    let list = list_of(places)?;
    // SAFETY: the group's name lives through the call, which copies it; what it returns is destroyed once below.
    let metadata = unsafe { rd::rd_kafka_consumer_group_metadata_new(group.as_ptr()) };
    // SAFETY: all arguments live through the call, which waits.
    let error = unsafe {
        let error =
            rd::rd_kafka_send_offsets_to_transaction(producer, list.ptr(), metadata, timeout.as_millis() as i32);
        rd::rd_kafka_consumer_group_metadata_destroy(metadata);
        error
    };
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the error is ours, read before it is destroyed.
    unsafe {
        let code = RDKafkaErrorCode::from(rd::rd_kafka_error_code(error));
        rd::rd_kafka_error_destroy(error);
        Err(code)
    }
}

struct Options(NonNull<rd::rd_kafka_AdminOptions_t>);

impl Options {
    fn new(
        client: *mut RDKafka,
        operation: rd::rd_kafka_admin_op_t,
        timeout: Duration,
    ) -> Result<Self, RDKafkaErrorCode> {
        // SAFETY: the client lives, as the callers promise. The options are destroyed on drop.
        let options = unsafe { rd::rd_kafka_AdminOptions_new(client, operation) };
        let options = Self(NonNull::new(options).ok_or(RDKafkaErrorCode::InvalidArgument)?);
        // SAFETY: no buffer for a message is passed, and its length says so.
        unsafe {
            let millis = timeout.as_millis() as i32;
            rd::rd_kafka_AdminOptions_set_request_timeout(options.0.as_ptr(), millis, ptr::null_mut(), 0);
        }
        Ok(options)
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: it was made in `new` and is destroyed here only.
        unsafe { rd::rd_kafka_AdminOptions_destroy(self.0.as_ptr()) }
    }
}

struct Queue(NonNull<rd::rd_kafka_queue_t>);

impl Queue {
    fn new(client: *mut RDKafka) -> Result<Self, RDKafkaErrorCode> {
        // SAFETY: the client lives, as the callers promise. The queue is destroyed on drop.
        let queue = unsafe { rd::rd_kafka_queue_new(client) };
        NonNull::new(queue).map(Self).ok_or(RDKafkaErrorCode::InvalidArgument)
    }

    /// Waits for the answer to the one request that was sent with this queue.
    fn answer(&self, timeout: Duration) -> Result<Event, RDKafkaErrorCode> {
        // The client answers by itself when the brokers do not; a little more patience lets it say why.
        let patience = timeout.as_millis() as i32 + 1_000;
        // SAFETY: the queue lives. The event is destroyed on drop.
        let event = unsafe { rd::rd_kafka_queue_poll(self.0.as_ptr(), patience) };
        let event = Event(NonNull::new(event).ok_or(RDKafkaErrorCode::OperationTimedOut)?);
        // SAFETY: the event lives.
        check(unsafe { rd::rd_kafka_event_error(event.0.as_ptr()) })?;
        Ok(event)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: it was made in `new` and is destroyed here only.
        unsafe { rd::rd_kafka_queue_destroy(self.0.as_ptr()) }
    }
}

struct Event(NonNull<rd::rd_kafka_event_t>);

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: it came from `Queue::answer` and is destroyed here only.
        unsafe { rd::rd_kafka_event_destroy(self.0.as_ptr()) }
    }
}

/// The offset of the first partition of the first group of an answer.
///
/// # Safety
/// `groups` has to point to `count` groups of a living event.
unsafe fn first_of(
    groups: *mut *const rd::rd_kafka_group_result_t,
    count: usize,
) -> Result<Option<i64>, RDKafkaErrorCode> {
    if groups.is_null() || count == 0 {
        return Err(RDKafkaErrorCode::Fail);
    }
    // SAFETY: the pointers are checked, and live as long as the event, as the caller promises.
    unsafe {
        let group = *groups;
        let error = rd::rd_kafka_group_result_error(group);
        if !error.is_null() {
            check(rd::rd_kafka_error_code(error))?;
        }
        let partitions = rd::rd_kafka_group_result_partitions(group);
        if partitions.is_null() || (*partitions).cnt < 1 {
            return Ok(None);
        }
        let mut offset = None;
        for place in std::slice::from_raw_parts((*partitions).elems, (*partitions).cnt as usize) {
            check(place.err)?;
            offset = offset.or(Some(place.offset));
        }
        Ok(offset)
    }
}

fn check(code: RDKafkaRespErr) -> Result<(), RDKafkaErrorCode> {
    if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR { Ok(()) } else { Err(code.into()) }
}

fn list_of(places: &[Place]) -> Result<TopicPartitionList, RDKafkaErrorCode> {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for place in places {
        list.add_partition_offset(&place.topic, place.number, Offset::Offset(place.next))
            .map_err(|_| RDKafkaErrorCode::InvalidArgument)?;
    }
    Ok(list)
}

fn c_string(text: &str) -> Result<CString, RDKafkaErrorCode> {
    CString::new(text).map_err(|_| RDKafkaErrorCode::InvalidArgument)
}
