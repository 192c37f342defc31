//! Mixpanel, against a local server that behaves as Mixpanel's public documentation says.

mod documented;
mod exchange;
mod imports;
mod profiles;
