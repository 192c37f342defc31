//! From events to profiles that can be read, through crashes and acts of people.

mod acts;
mod crashes;
mod house;
mod oracle;
mod read_your_writes;
mod town;
