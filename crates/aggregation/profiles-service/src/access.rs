//! What the service asks of the rest of the server.

use prime_event::WorkspaceId;
use prime_profile_api::ComputedTrait;
use prime_profiles::ProfileRef;

/// Who may read the profiles of a space.
pub trait SpaceAccess: Send + Sync + 'static {
    /// Whether an access token may read everybody. Compares in constant time.
    fn accepts(&self, space: &WorkspaceId, access_token: &str) -> bool;

    /// Secrets for tokens of single persons, the current one first.
    fn person_token_secrets(&self, space: &WorkspaceId) -> Vec<Vec<u8>>;
}

/// How far the journal was made into events.
pub trait JournalProgress: Send + Sync + 'static {
    /// The offset of the first request whose events may not be durable yet. May lag behind.
    fn processed_until(&self) -> u64;

    /// Whether there is one journal that all events come from. Where there are several, a place in one means nothing.
    fn is_one(&self) -> bool {
        true
    }
}

/// What is computed of profiles elsewhere, shown among their traits.
pub trait TraitComputer: Send + Sync + 'static {
    fn computed_traits(&self, space: &WorkspaceId, profile: &ProfileRef) -> Vec<ComputedTrait>;
}

/// Where no traits are computed.
pub struct NothingComputed;

impl TraitComputer for NothingComputed {
    fn computed_traits(&self, _space: &WorkspaceId, _profile: &ProfileRef) -> Vec<ComputedTrait> {
        Vec::new()
    }
}
