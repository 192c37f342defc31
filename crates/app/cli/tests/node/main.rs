//! Whole nodes as processes: killed, stopped, idle, misconfigured.

mod command_line;
mod crashes;
mod idle;
mod pressure;
mod refusals;
mod stops;
