//! Looking at a JSON text through its tape.

use std::borrow::Cow;
use std::collections::HashMap;

use super::tape::{Entry, Tape};
use super::text;

/// One value of a text. Costs nothing to copy; looking at it reads no byte twice.
#[derive(Clone, Copy, Debug)]
pub struct Value<'t, 'a> {
    text: &'a str,
    entries: &'t [Entry],
    at: u32,
}

/// What a value is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// Members of an object as they stand, with their names unescaped.
pub(crate) type Members<'t, 'a> = Vec<(Cow<'a, str>, Value<'t, 'a>)>;

/// Members up to which comparing names one by one is cheaper than hashing them.
const COMPARED_MAX: usize = 32;

impl Tape {
    /// The value at an entry. `text` is what the tape was read from.
    pub fn value<'t, 'a>(&'t self, text: &'a str, entry: u32) -> Value<'t, 'a> {
        Value { text, entries: self.entries(), at: entry }
    }
}

impl<'t, 'a> Value<'t, 'a> {
    /// As it is written.
    #[inline]
    pub fn raw(self) -> &'a str {
        let entry = self.entry();
        &self.text[entry.start as usize..entry.end as usize]
    }

    pub(crate) fn entry_number(self) -> u32 {
        self.at
    }

    #[inline]
    pub fn kind(self) -> Kind {
        match self.text.as_bytes()[self.entry().start as usize] {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' | b'f' => Kind::Bool,
            b'n' => Kind::Null,
            _ => Kind::Number,
        }
    }

    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether this is `[]`, which PHP sends for an empty map.
    pub(crate) fn is_empty_array(self) -> bool {
        self.kind() == Kind::Array && self.entry().after == self.at + 1
    }

    /// A string that is not empty.
    pub(crate) fn is_text(self) -> bool {
        self.kind() == Kind::String && self.raw().len() > 2
    }

    /// The text of a string, unescaped; lone surrogates read as U+FFFD. `None` for anything else.
    pub fn string(self) -> Option<Cow<'a, str>> {
        (self.kind() == Kind::String).then(|| text::unescaped(self.raw()))
    }

    /// The members of an object one by one, repeated names too; nothing for anything else.
    pub fn each_member(self) -> impl Iterator<Item = (Name<'a>, Value<'t, 'a>)> {
        let end = if self.kind() == Kind::Object { self.entry().after } else { self.at };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let (name, value) = (Value { at, ..self }, Value { at: at + 1, ..self });
            at = value.entry().after;
            Some((Name(name.raw()), value))
        })
    }

    /// The members of an object in order; of a repeated name the last value counts. `None` for anything else.
    pub(crate) fn members(self) -> Option<Members<'t, 'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        let mut members = Members::with_capacity(16);
        let mut index = None;
        for (name, value) in self.each_member() {
            put(&mut members, &mut index, name.unescaped(), value);
        }
        Some(members)
    }

    /// As [`Self::members`], and none for PHP's empty array.
    pub(crate) fn members_or_empty(self) -> Option<Members<'t, 'a>> {
        if self.is_empty_array() { Some(Members::new()) } else { self.members() }
    }

    /// The member of an object with this name, the last one if it is repeated. Absent where it is null.
    pub fn get(self, name: &str) -> Option<Value<'t, 'a>> {
        let found = self.each_member().filter(|(known, _)| known.is(name)).last();
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// The items of an array; `None` for anything else.
    pub fn items(self) -> Option<impl Iterator<Item = Value<'t, 'a>>> {
        let end = self.entry().after;
        let mut at = self.at + 1;
        (self.kind() == Kind::Array).then(|| {
            std::iter::from_fn(move || {
                let item = (at < end).then_some(Value { at, ..self })?;
                at = item.entry().after;
                Some(item)
            })
        })
    }

    #[inline]
    fn entry(self) -> Entry {
        self.entries[self.at as usize]
    }
}

type Index<'a> = Option<HashMap<Cow<'a, str>, usize>>;

/// Adds a member, or replaces the value of the one that has its name.
fn put<'t, 'a>(members: &mut Members<'t, 'a>, index: &mut Index<'a>, name: Cow<'a, str>, value: Value<'t, 'a>) {
    let known = match index {
        Some(index) => index.get(&name).copied(),
        None => members.iter().position(|(known, _)| *known == name),
    };
    if let Some(at) = known {
        members[at].1 = value;
        return;
    }
    if let Some(index) = index {
        index.insert(name.clone(), members.len());
    }
    members.push((name, value));
    if index.is_none() && members.len() > COMPARED_MAX {
        *index = Some(members.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect());
    }
}

/// The name of a member as it is written, quotes included.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a>(&'a str);

impl<'a> Name<'a> {
    pub fn is(self, name: &str) -> bool {
        self.unescaped() == name
    }

    pub fn unescaped(self) -> Cow<'a, str> {
        text::unescaped(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_value<T>(text: &str, look: impl FnOnce(Value<'_, '_>) -> T) -> T {
        let tape = Tape::read(text, 64).unwrap();
        look(tape.value(text, 0))
    }

    #[test]
    fn the_last_of_repeated_names_counts_however_many_there_are() {
        with_value(r#"{"a":1, "b" : [2] ,"\u0061":3}"#, |value| {
            let members = value.members().unwrap();
            let seen: Vec<_> = members.iter().map(|(name, value)| (name.as_ref(), value.raw())).collect();
            assert_eq!(seen, [("a", "3"), ("b", "[2]")]);
            assert_eq!(value.get("a").unwrap().raw(), "3");
        });
        let many: String = (0..100).map(|n| format!("\"k{}\":{n},", n % 50)).collect();
        with_value(&format!("{{{}}}", many.trim_end_matches(',')), |value| {
            let members = value.members().unwrap();
            assert_eq!(members.len(), 50);
            assert_eq!((members[7].0.as_ref(), members[7].1.raw()), ("k7", "57"));
        });
    }

    #[test]
    fn items_and_members_are_passed_over_whole() {
        with_value(r#"[[1,[2]],{"a":{"b":[]}},"x"]"#, |value| {
            let items: Vec<_> = value.items().unwrap().map(Value::raw).collect();
            assert_eq!(items, ["[1,[2]]", r#"{"a":{"b":[]}}"#, r#""x""#]);
            assert!(value.members().is_none() && value.get("a").is_none());
        });
        with_value("[]", |value| assert!(value.is_empty_array() && value.items().unwrap().next().is_none()));
        with_value("[ [] ]", |value| assert!(!value.is_empty_array()));
        with_value("{}", |value| assert!(value.items().is_none() && value.members().unwrap().is_empty()));
    }

    #[test]
    fn a_null_counts_as_absent() {
        with_value(r#"{"a":1,"a":null,"b":null}"#, |value| {
            assert!(value.get("a").is_none() && value.get("b").is_none());
        });
    }
}
