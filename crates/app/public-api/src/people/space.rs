use std::sync::Arc;

use prime_identity::IdentityGraph;
use prime_profiles_service::{GraphStore, SpaceProfiles};

use crate::caller::Caller;
use crate::error::ApiError;
use crate::state::Api;

impl Api {
    /// The profiles of the caller's workspace.
    pub(crate) fn people(&self, caller: &Caller) -> Result<Arc<SpaceProfiles>, ApiError> {
        let Some(profiles) = &self.profiles else {
            return Err(ApiError::Unavailable(
                "This node keeps no profiles; ask the node with the role `aggregate`, or give this one that role."
                    .into(),
            ));
        };
        profiles.space(caller.workspace().as_str()).ok_or_else(not_ready)
    }
}

/// Looks at the graph, where blocking is allowed.
pub(crate) fn look<T>(
    space: &SpaceProfiles,
    look: impl FnOnce(&IdentityGraph<GraphStore>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    space.look(look).unwrap_or_else(|| Err(not_ready()))
}

pub(crate) fn not_ready() -> ApiError {
    ApiError::Unavailable("The profiles of this workspace are being opened; try again in some seconds.".into())
}
