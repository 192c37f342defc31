#![doc = include_str!("../README.md")]

mod body;
mod caller;
mod client_address;
mod envelope;
mod error;
mod openapi;
mod pagination;
mod people;
mod routes;
mod secrets;
mod sign_in_limits;
mod state;
mod stream_search;
mod url_credentials;
mod views;

pub use openapi::openapi;
pub use routes::router;
pub use state::PublicApi;
