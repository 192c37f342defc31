//! OAuth 2.0 client credentials: an app proves itself with an assertion signed by its private key and gets an access
//! token, which a source may ask for beside the write key.

mod apps;
mod exchange;
mod tokens;

pub use apps::{OauthApp, OauthKey};
pub use exchange::{AccessToken, AssertionForm, OauthError};
pub use tokens::{AccessGrant, OauthToken};

pub(crate) use tokens::load_grants;
