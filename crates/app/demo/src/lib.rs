#![doc = include_str!("../README.md")]

mod catalogue;
mod chance;
mod fault;
mod message;
mod people;
mod request;
mod run;
mod shop;
mod visit;

pub use message::{DemoMessage, Expected};
pub use people::{DemoDevice, DemoPerson};
pub use request::DemoRequest;
pub use run::{DemoError, DemoOptions, DemoProgress, DemoSummary, run};
pub use shop::{InvalidOptions, Shop, ShopOptions};
