//! The archive service on a real log and control store, writing to a local folder; and to a server that speaks S3, where one
//! is given.

mod bucket;
mod definitions;
mod files;
mod house;
mod positions;
