use std::io;
use std::sync::Arc;

use super::block::{self, Shape};
use super::directory::{FOOTER_BYTES, HEADER_BYTES, Header, Section, decode_directory, decode_footer};
use super::filter::Filter;
use crate::key::MessageKey;
use crate::store::disk::{Disk, DiskFile};
use crate::store::names;

/// One sealed file, with its directory in memory.
pub(crate) struct SealedEpoch {
    pub(crate) header: Header,
    pub(crate) bytes: u64,
    file: Arc<dyn DiskFile>,
    /// In the order of their generations.
    sections: Vec<Section>,
    /// For each section, if filters were made; those that could not be are missing.
    filters: Option<Vec<Option<Filter>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// The epoch has no section of that generation.
    Elsewhere,
    /// The filter or the block says so.
    Absent {
        read: bool,
    },
    Present,
    /// The block cannot be read, or is not as it was written.
    Unreadable,
}

impl SealedEpoch {
    /// `InvalidData` for a file that is not as it was written.
    pub(crate) fn open(disk: &dyn Disk, epoch: u64) -> io::Result<Self> {
        let file = disk.open(&names::sealed(epoch))?;
        let bytes = file.bytes()?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0)?;
        let header =
            Header::decode(&header).filter(|header| header.epoch == epoch).ok_or(io::ErrorKind::InvalidData)?;
        let mut footer = [0; FOOTER_BYTES];
        file.read_exact_at(&mut footer, bytes.saturating_sub(FOOTER_BYTES as u64))?;
        let (at, length, checksum) = decode_footer(&footer, bytes).ok_or(io::ErrorKind::InvalidData)?;
        let mut directory = vec![0; length];
        file.read_exact_at(&mut directory, at)?;
        let sections = decode_directory(&directory, at).filter(|_| crc32c::crc32c(&directory) == checksum);
        Ok(Self { header, bytes, file, sections: sections.ok_or(io::ErrorKind::InvalidData)?, filters: None })
    }

    pub(crate) fn generations(&self) -> impl Iterator<Item = i32> {
        self.sections.iter().map(|section| section.generation)
    }

    pub(crate) fn directory_bytes(&self) -> u64 {
        self.sections.iter().map(|section| 64 + section.ends.len() as u64 * 4).sum()
    }

    pub(crate) fn filter_bytes(&self) -> u64 {
        self.filters.iter().flatten().flatten().map(Filter::bytes).sum()
    }

    /// What filters for it would take.
    pub(crate) fn filter_bytes_wanted(&self) -> u64 {
        self.sections.iter().map(|section| Filter::bytes_for(section.ids)).sum()
    }

    pub(crate) fn has_filters(&self) -> bool {
        self.filters.is_some() || self.filter_bytes_wanted() == 0
    }

    pub(crate) fn set_filters(&mut self, filters: Option<Vec<Option<Filter>>>) {
        self.filters = filters;
    }

    pub(crate) fn probe(&self, key: MessageKey, generation: i32, scratch: &mut Vec<u8>) -> Probe {
        let Ok(place) = self.sections.binary_search_by_key(&generation, |section| section.generation) else {
            return Probe::Elsewhere;
        };
        let filter = self.filters.as_ref().and_then(|filters| filters.get(place)?.as_ref());
        if filter.is_some_and(|filter| !filter.may_contain(key.low())) {
            return Probe::Absent { read: false };
        }
        let section = &self.sections[place];
        let shape = Shape::of(section.ids);
        match self.block(section, shape.block(key) as usize, scratch) {
            None => Probe::Unreadable,
            Some(bits) if block::contains(shape, bits, key) => Probe::Present,
            Some(_) => Probe::Absent { read: true },
        }
    }

    fn block<'a>(&self, section: &Section, block: usize, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        let from = block.checked_sub(1).map_or(0, |before| section.ends[before]);
        scratch.resize((section.ends[block] - from) as usize, 0);
        self.file.read_exact_at(scratch, section.start + u64::from(from)).ok()?;
        block::intact(scratch)
    }
}

/// Filters for all sections of a sealed file; what cannot be read has none. Ends early, with none, once `is_cancelled`.
///
/// Small sections have theirs too: they are what came late, and whoever comes late asks every epoch since.
pub(crate) fn filters_of(
    disk: &dyn Disk,
    epoch: u64,
    is_cancelled: &dyn Fn() -> bool,
) -> io::Result<Vec<Option<Filter>>> {
    let sealed = SealedEpoch::open(disk, epoch)?;
    let mut scratch = Vec::new();
    let mut filters = Vec::with_capacity(sealed.sections.len());
    for section in &sealed.sections {
        let mut filter = Some(Filter::new(section.ids));
        let shape = Shape::of(section.ids);
        for block in 0..section.ends.len() {
            if is_cancelled() {
                return Ok(Vec::new());
            }
            let Some(made) = &mut filter else { break };
            match sealed.block(section, block, &mut scratch) {
                Some(bits) => block::low_bits(shape, bits).for_each(|low| made.add(low)),
                // A filter that misses ids would deny them. Without one, the block is read and its damage reported.
                None => filter = None,
            }
        }
        filters.push(filter);
    }
    Ok(filters)
}
