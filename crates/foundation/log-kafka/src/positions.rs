//! Where groups stand, as positions of Kafka's consumer groups without members.

use std::io;
use std::time::Duration;

use futures::executor::block_on;
use prime_log::names;
use prime_log::{Offset, Partition};
use rdkafka::admin::AdminOptions;
use rdkafka::types::RDKafkaErrorCode;

use crate::failure::io_error;
use crate::native::Place;
use crate::shared::Shared;

/// A group's members are a Kafka group of their own, so that its positions can be set by whoever owns a partition now.
pub(crate) const MEMBERS: &str = ".members";

/// Much longer than a broker that just answered takes.
const FORGET_TIMEOUT: Duration = Duration::from_secs(60);

impl Shared {
    pub(crate) fn position(&self, group: &str, topic: &str, number: u32) -> io::Result<Option<Offset>> {
        let group = self.groups.client(&self.clients.name(group))?;
        let topic = self.clients.name(topic);
        let timeout = self.clients.options().request_timeout;
        self.until_answered(|| group.position(&topic, number as i32, timeout))
    }

    pub(crate) fn set_position(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        names::check_group(group)?;
        let place = self.place(partition, next)?;
        let known = self.extent_of(partition).is_some_and(|end| next <= end);
        if !known && next > self.fetch_bounds(&place.topic, place.number)?.1 {
            let what = "a position beyond the end of its partition cannot be committed";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let group = self.groups.client(&self.clients.name(group))?;
        self.until_answered(|| group.set_position(&place))
    }

    pub(crate) fn forget_group(&self, group: &str) -> io::Result<()> {
        let group = self.clients.name(group);
        self.check_coordinator(&group)?;
        let patience = AdminOptions::new().request_timeout(Some(FORGET_TIMEOUT));
        self.until_answered(|| {
            let forgotten = block_on(self.admin.delete_groups(&[&group], &patience));
            let first = forgotten.map_err(|error| error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail))?;
            match first.into_iter().next() {
                None | Some(Ok(_) | Err((_, RDKafkaErrorCode::GroupIdNotFound))) => Ok(()),
                Some(Err((_, code))) => Err(code),
            }
        })
    }

    /// Whether the broker that keeps a group answers. librdkafka 2.12 ends the process when a request of an
    /// administrator to such a broker has run out of time and the broker comes back, so none is made to one that is away.
    fn check_coordinator(&self, group: &str) -> io::Result<()> {
        let timeout = self.clients.options().request_timeout;
        let client = self.groups.client(group)?;
        // Any place will do, also one that the group never was at.
        let topic = self.clients.name("events");
        self.until_answered(|| client.position(&topic, 0, timeout)).map(|_| ())
    }

    pub(crate) fn group_names(&self) -> io::Result<Vec<String>> {
        let timeout = self.clients.options().request_timeout;
        let list = self.admin.inner().fetch_group_list(None, timeout).map_err(io_error)?;
        let ours = list.groups().iter().filter_map(|group| group.name().strip_prefix(&self.clients.options().prefix));
        let mut names: Vec<_> = ours.filter(|name| !name.ends_with(MEMBERS)).map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The brokers' name of a place in a partition.
    pub(crate) fn place(&self, partition: &Partition, next: Offset) -> io::Result<Place> {
        let number = i32::try_from(partition.number()).map_err(io::Error::other)?;
        let next = i64::try_from(next).map_err(io::Error::other)?;
        Ok(Place { topic: self.clients.name(partition.topic()), number, next })
    }

    fn extent_of(&self, partition: &Partition) -> Option<Offset> {
        let partitions = self.partitions.lock();
        let state = partitions.get(&(partition.topic().to_owned(), partition.number()))?;
        Some(state.extent().stable)
    }
}
