use std::sync::Arc;

use prime_control::ControlStore;
use prime_profile_api::{Space, Spaces};
use prime_profiles_service::ProfilesHandle;

/// A space is a workspace, by its id or by its slug.
pub(crate) struct WorkspaceSpaces {
    pub(crate) control: ControlStore,
    pub(crate) profiles: ProfilesHandle,
}

impl Spaces for WorkspaceSpaces {
    fn space(&self, id: &str) -> Option<Arc<dyn Space>> {
        let definitions = self.control.definitions();
        let workspace = definitions.workspace(id)?;
        self.profiles.space(workspace.id.as_str()).map(|space| space as Arc<dyn Space>)
    }
}
