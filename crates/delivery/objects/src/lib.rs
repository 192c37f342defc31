#![doc = include_str!("../README.md")]

mod guard;
mod location;
mod objects;

pub use location::{AccessKey, Bucket, Location};
pub use object_store::path::Path;
pub use objects::{Listed, Objects, ObjectsError};
