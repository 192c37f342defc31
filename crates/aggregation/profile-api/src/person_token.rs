//! Tokens for one person: so that a page may read the profile of whoever looks at it, and no other.
//!
//! `pp1.` claims `.` signature: claims are JSON in URL-safe base64 without padding, the signature is HMAC-SHA-256 of all
//! before the last dot. A customer's own server signs them with the space's secret, and needs nothing from here.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;

const PREFIX: &str = "pp1.";
/// Claims are two ids and a list of at most five words.
const TOKEN_BYTES_MAX: usize = 4_096;

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonClaims {
    /// The space.
    pub space: String,
    /// The profile as it stands in the address: `user_id:u1`, or a profile's id. Nothing else may be read.
    pub profile: String,
    /// Seconds since 1970 at which the token ends.
    pub expires: i64,
    /// What of the profile may be read.
    pub resources: Vec<Resource>,
}

/// A part of a profile, by its name in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    Traits,
    ExternalIds,
    Events,
    Metadata,
    Links,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PersonTokenError {
    #[error("the text is no token for a person")]
    Malformed,
    #[error("the token was not signed with a secret of the space")]
    Signature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is for another space")]
    OtherSpace,
}

impl Resource {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "traits" => Some(Self::Traits),
            "external_ids" => Some(Self::ExternalIds),
            "events" => Some(Self::Events),
            "metadata" => Some(Self::Metadata),
            "links" => Some(Self::Links),
            _ => None,
        }
    }
}

impl PersonClaims {
    /// The token for these claims.
    pub fn sign(&self, secret: &[u8]) -> String {
        let claims = serde_json::to_vec(self).expect("claims are plain text and numbers");
        let signed = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(mac(secret, signed.as_bytes()).finalize().into_bytes());
        format!("{signed}.{signature}")
    }
}

/// The claims of a token that is good for a space now.
pub(crate) fn verify(
    token: &str,
    secrets: &[Vec<u8>],
    space: &str,
    now_ms: i64,
) -> Result<PersonClaims, PersonTokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(PersonTokenError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(PersonTokenError::Malformed)?;
    let claims = signed.strip_prefix(PREFIX).ok_or(PersonTokenError::Malformed)?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| PersonTokenError::Malformed)?;
    // Compares in constant time. A secret that is empty signs for anybody.
    let is_signed =
        |secret: &Vec<u8>| !secret.is_empty() && mac(secret, signed.as_bytes()).verify_slice(&signature).is_ok();
    if !secrets.iter().any(is_signed) {
        return Err(PersonTokenError::Signature);
    }
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).map_err(|_| PersonTokenError::Malformed)?;
    let claims: PersonClaims = serde_json::from_slice(&claims).map_err(|_| PersonTokenError::Malformed)?;
    if claims.expires.saturating_mul(1_000) <= now_ms {
        return Err(PersonTokenError::Expired);
    }
    if claims.space != space {
        return Err(PersonTokenError::OtherSpace);
    }
    Ok(claims)
}

fn mac(secret: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(message);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> PersonClaims {
        PersonClaims {
            space: "s".into(),
            profile: "user_id:u1".into(),
            expires: 1_700_000_000,
            resources: vec![Resource::Traits],
        }
    }

    fn check(token: &str, secrets: &[&[u8]], now_s: i64) -> Result<PersonClaims, PersonTokenError> {
        let secrets: Vec<_> = secrets.iter().map(|secret| secret.to_vec()).collect();
        verify(token, &secrets, "s", now_s * 1_000)
    }

    #[test]
    fn a_token_is_good_for_its_space_until_it_expires() {
        let token = claims().sign(b"secret");
        assert_eq!(check(&token, &[b"new", b"secret"], 1_699_999_999), Ok(claims()));
        assert_eq!(check(&token, &[b"secret"], 1_700_000_000), Err(PersonTokenError::Expired));
        assert_eq!(verify(&token, &[b"secret".to_vec()], "other", 0), Err(PersonTokenError::OtherSpace));
    }

    #[test]
    fn what_was_not_signed_with_a_secret_of_the_space_is_refused() {
        let token = claims().sign(b"secret");
        assert_eq!(check(&token, &[b"other"], 0), Err(PersonTokenError::Signature));
        assert_eq!(check(&token, &[], 0), Err(PersonTokenError::Signature));
        assert_eq!(check(&claims().sign(b""), &[b""], 0), Err(PersonTokenError::Signature));
        for at in 0..token.len() {
            let mut bad = token.clone().into_bytes();
            bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
            // The last character of the signature holds two bits that mean nothing.
            if at + 1 < token.len() {
                assert!(check(&String::from_utf8(bad).unwrap(), &[b"secret"], 0).is_err(), "changed at {at}");
            }
        }
        for bad in ["", "pp1.", "a.b.c", &"x".repeat(5_000)] {
            assert_eq!(check(bad, &[b"secret"], 0), Err(PersonTokenError::Malformed), "{bad}");
        }
    }
}
