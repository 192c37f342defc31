//! Who may read profiles: tokens of servers, and secrets that sign tokens for one person.

mod person_secrets;
mod tokens;

pub use person_secrets::PersonSecret;
pub use tokens::ProfileToken;

pub(crate) use person_secrets::load as load_secrets;
pub(crate) use tokens::load as load_tokens;
