use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use prime_profiles::{FragmentId, Identifier, ProfileNumber, ProfileReader, ProfileRef};

use crate::computed::ComputedTrait;
use crate::deletion::DeletionError;
use crate::freshness::NotReached;

/// All spaces of this server.
pub trait Spaces: Send + Sync + 'static {
    fn space(&self, id: &str) -> Option<Arc<dyn Space>>;
}

/// One space, as far as the Profile API needs it.
#[async_trait]
pub trait Space: Send + Sync {
    /// Whether an access token may read everybody of this space. Compares in constant time.
    fn accepts(&self, access_token: &str) -> bool;

    /// Secrets with which tokens for single persons may be signed, the current one first; several while one replaces
    /// another.
    fn person_token_secrets(&self) -> Vec<Vec<u8>>;

    /// What is there now.
    fn reader(&self) -> ProfileReader;

    /// Under which fragment an identifier was first kept.
    fn first_fragment(&self, identifier: &Identifier) -> FragmentId;

    /// The profile's id as people know it.
    fn profile_id(&self, number: ProfileNumber) -> String;

    /// The profile that an id names; none for what is no id of a profile.
    fn profile_number(&self, id: &str) -> Option<ProfileNumber>;

    /// Traits that are computed of a profile, and its audiences.
    fn computed_traits(&self, profile: &ProfileRef) -> Vec<ComputedTrait>;

    /// Up to where profiles have taken the streams, as a text that [`Self::reach`] understands.
    fn position(&self) -> String;

    /// Waits until profiles show everything up to a position, at most this long.
    async fn reach(&self, position: &str, at_most: Duration) -> Result<(), NotReached>;

    /// Takes an identifier away from the profile that `found_by` stands for. History, traits and merges stay.
    async fn delete_identifier(
        self: Arc<Self>,
        found_by: &Identifier,
        deleted: &Identifier,
    ) -> Result<(), DeletionError>;
}
