//! Programs that are measured, each a process of its own with a data folder of its own.

pub(crate) mod collector;
pub(crate) mod floor;
mod process;

pub(crate) use process::{Process, Program, data_folder};
