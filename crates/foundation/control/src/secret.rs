//! Random ids and credentials, and the only forms in which credentials are kept.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prime_event::WriteKey;
use rand::distr::{Alphanumeric, SampleString};
use rand::{Rng, rng};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::error::ControlError;

/// A credential in clear, shown to a person once. It neither displays nor debugs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// 32 random bytes after `pd_`, by which a leaked one is recognised.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; 32];
        rng().fill_bytes(&mut bytes);
        Self(format!("pd_{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// SHA-256 of a credential: what is stored and looked up in its place.
///
/// A plain hash suffices because our credentials are 256 random bits; looking one up by its hash tells an observer of
/// time nothing about the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(credential: &str) -> Self {
        Self(Sha256::digest(credential.as_bytes()).into())
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut digest = [0; 32];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut digest).map_err(D::Error::custom)?;
        Ok(Self(digest))
    }
}

impl ToSql for Digest {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Digest {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(Self)
    }
}

/// A new opaque id. 22 letters and digits hold 131 bits: two never meet.
pub(crate) fn random_id() -> String {
    Alphanumeric.sample_string(&mut rng(), 22)
}

/// A new write key in the shape of Segment's: 32 letters and digits.
pub(crate) fn random_write_key() -> WriteKey {
    WriteKey::from(Alphanumeric.sample_string(&mut rng(), 32))
}

/// Argon2id with the parameters that OWASP advises (19 MiB, two passes); takes some tens of milliseconds.
pub(crate) fn hash_password(password: &str) -> Result<String, ControlError> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(ControlError::Password)?;
    Ok(hash.to_string())
}

pub(crate) fn password_matches(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let stored = hash_password("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(password_matches("correct horse battery", &stored));
        assert!(!password_matches("correct horse batterz", &stored));
        assert_ne!(hash_password("correct horse battery").unwrap(), stored, "each hash has its own salt");
    }

    #[test]
    fn credentials_are_long_prefixed_and_hidden() {
        let secret = Secret::random();
        assert_eq!(secret.reveal().len(), 3 + 43);
        assert!(secret.reveal().starts_with("pd_"));
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
        assert!(WriteKey::is_well_formed(random_write_key().as_str()));
    }
}
