use std::sync::Arc;

use prime_event::{SourceId, Timestamp, WorkspaceId, WriteKey};

use crate::definitions::{Source, Workspace};
use crate::error::{ControlError, Resource};
use crate::invites::insert_setup;
use crate::ledger::Author;
use crate::secret::{Secret, random_id};
use crate::sources::{self, NewSource};
use crate::store::ControlStore;
use crate::workspaces;

/// What the first start created.
#[derive(Debug)]
pub struct Bootstrap {
    pub workspace: Arc<Workspace>,
    pub source: Arc<Source>,
    pub write_key: WriteKey,
    /// Makes the first account, once, within seven days.
    pub setup_token: Secret,
}

impl ControlStore {
    /// Creates a workspace, a source with its archive, and the link for the first account, all or nothing. `None` when
    /// the store has a workspace. Blocking.
    pub fn bootstrap(&self, now: Timestamp) -> Result<Option<Bootstrap>, ControlError> {
        if !self.definitions().workspaces.is_empty() {
            return Ok(None);
        }
        let by = Author::system(now);
        let workspace = Workspace {
            id: WorkspaceId::from(random_id()),
            slug: "my-workspace".into(),
            name: "My workspace".into(),
            created_at: now,
        };
        let (source, setup_token) = self.change(|transaction| {
            workspaces::insert(transaction, &workspace, &by)?;
            let source = sources::insert(transaction, &workspace.id, &first_source(), &by)?;
            Ok((source, insert_setup(transaction, &workspace.id, now)?))
        })?;
        self.created(&workspace.id, &source, setup_token).map(Some)
    }

    fn created(
        &self,
        workspace: &WorkspaceId,
        source: &SourceId,
        setup_token: Secret,
    ) -> Result<Bootstrap, ControlError> {
        let definitions = self.definitions();
        let missing = || ControlError::not_found(Resource::Source, source.as_str());
        let workspace = definitions.workspaces.get(workspace).cloned().ok_or_else(missing)?;
        let source = definitions.source(source).cloned().ok_or_else(missing)?;
        let write_key = source.write_keys.first().map(|definition| definition.key.clone()).ok_or_else(missing)?;
        Ok(Bootstrap { workspace, source, write_key, setup_token })
    }
}

fn first_source() -> NewSource {
    NewSource {
        slug: "my-first-source".into(),
        name: Some("My first source".into()),
        enabled: true,
        metadata_id: "javascript".into(),
        ..NewSource::default()
    }
}
