//! The one call to librdkafka that its Rust crate offers only to members of a group: positions in a transaction.
#![expect(
    unsafe_code,
    reason = "librdkafka is C, and its crate wants a consumer for each group whose position is written"
)]

use std::ffi::CString;
use std::time::Duration;

use rdkafka::bindings as rd;
use rdkafka::client::{Client, ClientContext};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

/// A place in a partition, by the brokers' names.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) topic: String,
    pub(crate) number: i32,
    pub(crate) next: i64,
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
