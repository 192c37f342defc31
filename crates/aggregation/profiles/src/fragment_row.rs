//! A fragment as it is stored.
//!
//! Version, the identifier, a table of stamps with those of the head, counts; then the traits with a table of their own.
//! Most events change the head only, and then the traits are passed on as bytes.

use prime_event::MessageType;

use crate::counts::Counts;
use crate::encoding::{Damaged, Reader, StampTable, put_number, put_text};
use crate::fragment::{Fragment, earlier};
use crate::identifier::{Collection, Identifier};
use crate::stamp::Stamp;
use crate::traits::{Trait, Traits};
use crate::words::words_of_row;

const VERSION: u8 = 1;

/// One row of the family `fragments`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentRow {
    pub identifier: Identifier,
    pub introduced: Option<Stamp>,
    pub first: Option<Stamp>,
    pub last: Option<Stamp>,
    pub counts: Counts,
    /// What [`encode_traits`] wrote; empty where there are none.
    traits: Box<[u8]>,
}

impl FragmentRow {
    pub fn new(identifier: Identifier) -> Self {
        Self {
            identifier,
            introduced: None,
            first: None,
            last: None,
            counts: Counts::default(),
            traits: Box::default(),
        }
    }

    /// Adds what a set of events says that is not in the row yet.
    pub fn merge(&mut self, added: Fragment) -> Result<(), Damaged> {
        if !added.traits.is_empty() {
            let mut traits = self.traits()?;
            traits.merge(added.traits);
            self.traits = encode_traits(&traits).into();
        }
        self.introduced = earlier(self.introduced.take(), added.introduced);
        self.first = earlier(self.first.take(), added.first);
        self.last = self.last.take().max(added.last);
        self.counts.add(&added.counts);
        Ok(())
    }

    pub fn traits(&self) -> Result<Traits, Damaged> {
        decode_traits(&self.traits)
    }

    /// All words by which it is found: see [`search_words`](crate::search_words).
    pub fn words(&self) -> Result<std::collections::BTreeSet<String>, Damaged> {
        words_of_row(self)
    }

    pub fn has_traits(&self) -> bool {
        !self.traits.is_empty()
    }

    pub fn fragment(&self) -> Result<Fragment, Damaged> {
        Ok(Fragment {
            introduced: self.introduced.clone(),
            first: self.first.clone(),
            last: self.last.clone(),
            counts: self.counts,
            traits: self.traits()?,
        })
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160 + self.traits.len());
        out.push(VERSION);
        out.push(self.identifier.collection.as_byte());
        put_text(&mut out, &self.identifier.kind);
        put_text(&mut out, &self.identifier.value);
        let mut table = StampTable::default();
        // 0 is none.
        let numbers = [&self.introduced, &self.first, &self.last]
            .map(|stamp| stamp.as_ref().map_or(0, |stamp| table.number(stamp) + 1));
        table.put(&mut out);
        for number in numbers.into_iter().chain(self.counts.0) {
            put_number(&mut out, number);
        }
        out.extend_from_slice(&self.traits);
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes, "fragment");
        if reader.u8()? != VERSION {
            return Err(reader.damaged());
        }
        let collection = Collection::from_byte(reader.u8()?).ok_or(reader.damaged())?;
        let identifier = Identifier::new(collection, reader.text()?, reader.text()?);
        let stamps = reader.stamps()?;
        let stamp = |reader: &mut Reader<'_>| match reader.length()? {
            0 => Ok(None),
            number => stamps.get(number - 1).cloned().map(Some).ok_or(reader.damaged()),
        };
        let (introduced, first, last) = (stamp(&mut reader)?, stamp(&mut reader)?, stamp(&mut reader)?);
        let mut counts = [0; MessageType::ALL.len()];
        for count in &mut counts {
            *count = reader.number()?;
        }
        Ok(Self { identifier, introduced, first, last, counts: Counts(counts), traits: reader.rest().into() })
    }
}

fn encode_traits(traits: &Traits) -> Vec<u8> {
    let mut table = StampTable::default();
    let mut values = Vec::with_capacity(traits.len() * 32);
    for (name, value) in traits.iter() {
        put_text(&mut values, name);
        put_text(&mut values, &value.value);
        put_number(&mut values, table.number(&value.stamp));
    }
    let mut out = Vec::with_capacity(values.len() + 64);
    table.put(&mut out);
    put_number(&mut out, traits.len() as u64);
    out.extend_from_slice(&values);
    out
}

fn decode_traits(bytes: &[u8]) -> Result<Traits, Damaged> {
    if bytes.is_empty() {
        return Ok(Traits::default());
    }
    let mut reader = Reader::new(bytes, "trait");
    let stamps = reader.stamps()?;
    let count = reader.length()?;
    (0..count)
        .map(|_| {
            let (name, value) = (reader.text()?.into(), reader.text()?.into());
            let stamp = reader.length()?;
            let stamp = stamps.get(stamp).ok_or(reader.damaged())?.clone();
            Ok((name, Trait { stamp, value }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use prime_event::{SourceId, Timestamp};

    use super::*;

    fn stamp(millis: i64) -> Stamp {
        Stamp::new(Timestamp::from_millis(millis), &format!("m{millis}"), SourceId::new("web"))
    }

    fn row() -> FragmentRow {
        let mut row = FragmentRow::new(Identifier::new(Collection::Users, "email", "jane@example.com"));
        let traits = [("name", "\"Jane\"", 7), ("plan", "null", 9)];
        let traits = traits.map(|(name, value, at)| (name.into(), Trait { stamp: stamp(at), value: value.into() }));
        let mut counts = Counts::default();
        counts.count(MessageType::Identify);
        row.merge(Fragment {
            introduced: Some(stamp(-5)),
            first: Some(stamp(7)),
            last: Some(stamp(9)),
            counts,
            traits: traits.into_iter().collect(),
        })
        .unwrap();
        row
    }

    #[test]
    fn a_row_reads_back_as_it_was_written() {
        assert_eq!(FragmentRow::decode(&row().encode()), Ok(row()));
        let fragment = row().fragment().unwrap();
        assert_eq!(fragment.traits.get("plan").unwrap().value.as_ref(), "null");
        let empty = FragmentRow::new(row().identifier);
        assert_eq!(FragmentRow::decode(&empty.encode()), Ok(empty));
    }

    #[test]
    fn a_cut_row_is_damage_and_never_a_panic() {
        let bytes = row().encode();
        for length in 0..bytes.len() {
            if let Ok(row) = FragmentRow::decode(&bytes[..length]) {
                assert!(row.traits().is_err() || !row.has_traits());
            }
        }
    }

    #[test]
    fn the_first_version_is_still_read() {
        let hex = "01000565 6d61696c 106a616e 65406578 616d706c 652e636f 6d01";
        let head: Vec<u8> = hex
            .split(' ')
            .flat_map(|word| (0..word.len()).step_by(2).map(|at| u8::from_str_radix(&word[at..at + 2], 16).unwrap()))
            .collect();
        assert_eq!(row().encode()[..head.len()], head[..]);
    }
}
