//! How keys are put together.

use prime_event::{DestinationId, WorkspaceId};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::ReceiptId;
use crate::codec::Writer;
use crate::fold::{ChunkKey, Dimensions, PageKey};
use crate::record::StateKind;

pub(crate) fn chunk(key: &ChunkKey) -> Vec<u8> {
    place(key, key.number)
}

/// The delivery of one event in the lane of its chunk.
pub(crate) fn unit(key: &ChunkKey, offset: u64) -> Vec<u8> {
    place(key, offset)
}

fn place(key: &ChunkKey, number: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(28);
    bytes.extend(key.pair.to_be_bytes());
    bytes.extend(key.subscription.to_be_bytes());
    bytes.extend(key.replay.to_be_bytes());
    bytes.extend(key.partition.to_be_bytes());
    bytes.extend(number.to_be_bytes());
    bytes
}

pub(crate) fn chunk_day(day: u32, chunk: &[u8]) -> Vec<u8> {
    [&day.to_be_bytes(), chunk].concat()
}

/// What the keys of all rows of a page begin with.
pub(crate) fn page(key: &PageKey) -> Vec<u8> {
    let mut bytes = cells_of(key.resolution.number(), key.slot);
    bytes.extend(key.pair.to_be_bytes());
    bytes.push(key.step.number());
    bytes
}

pub(crate) fn cells_of(resolution: u8, slot: u32) -> Vec<u8> {
    let mut bytes = vec![resolution];
    bytes.extend(slot.to_be_bytes());
    bytes
}

pub(crate) fn row(key: &PageKey, dimensions: &Dimensions) -> Vec<u8> {
    let mut out = Writer::default();
    dimensions.write(&mut out);
    let mut bytes = page(key);
    bytes.extend(xxh3_128(&out.finish()).to_be_bytes());
    bytes
}

pub(crate) fn attempt(id: &ReceiptId, number: u32) -> Vec<u8> {
    [id.as_bytes(), &number.to_be_bytes()[..]].concat()
}

/// What a receipt can be found by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FoundBy<'a> {
    Workspace,
    Message(&'a str),
    User(&'a str),
    Anonymous(&'a str),
    Destination(&'a DestinationId),
    State(&'a DestinationId, StateKind),
    Code(&'a DestinationId, StateKind, &'a str),
    Replay(u32),
    ReplayState(u32, StateKind),
}

impl FoundBy<'_> {
    /// What the keys in the index begin with.
    pub(crate) fn prefix(&self, workspace: &WorkspaceId) -> Vec<u8> {
        let number;
        let (kind, parts) = match self {
            Self::Workspace => (b'w', ["", "", ""]),
            Self::Message(id) => (b'm', [*id, "", ""]),
            Self::User(id) => (b'u', [*id, "", ""]),
            Self::Anonymous(id) => (b'a', [*id, "", ""]),
            Self::Destination(id) => (b'd', [id.as_str(), "", ""]),
            Self::State(id, state) => (b's', [id.as_str(), state.as_str(), ""]),
            Self::Code(id, state, code) => (b'c', [id.as_str(), state.as_str(), *code]),
            Self::Replay(replay) => {
                number = replay.to_string();
                (b'r', [number.as_str(), "", ""])
            }
            Self::ReplayState(replay, state) => {
                number = replay.to_string();
                (b't', [number.as_str(), state.as_str(), ""])
            }
        };
        let mut hash = Xxh3::new();
        hash.update(&[kind]);
        for part in [workspace.as_str()].into_iter().chain(parts) {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.digest128().to_be_bytes().to_vec()
    }

    pub(crate) fn key(&self, workspace: &WorkspaceId, id: &ReceiptId) -> Vec<u8> {
        let mut bytes = self.prefix(workspace);
        bytes.extend(id.as_bytes());
        bytes
    }
}
