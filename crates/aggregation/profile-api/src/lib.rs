#![doc = include_str!("../README.md")]

mod authorization;
mod computed;
mod cursor;
mod deletion;
mod error;
mod freshness;
mod json;
mod person_token;
mod profile_key;
mod query;
mod rate_limit;
mod resources;
mod router;
mod space;

pub use computed::{ComputedClass, ComputedTrait};
pub use deletion::DeletionError;
pub use freshness::{NotReached, POSITION_HEADER, WAIT_HEADER};
pub use person_token::{PersonClaims, PersonTokenError, Resource};
pub use router::{ProfileApiOptions, profile_api};
pub use space::{Space, Spaces};
