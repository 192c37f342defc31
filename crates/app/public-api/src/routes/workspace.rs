use axum::extract::State;
use prime_control::{Scope, Workspace};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Body;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceBody {
    id: String,
    slug: String,
    name: String,
}

impl From<&Workspace> for WorkspaceBody {
    fn from(workspace: &Workspace) -> Self {
        Self { id: workspace.id.to_string(), slug: workspace.slug.clone(), name: workspace.name.clone() }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceData {
    workspace: WorkspaceBody,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateWorkspace {
    /// 1 to 100 characters.
    name: String,
}

/// The workspace that the caller belongs to.
#[utoipa::path(get, path = "/", tag = "Workspace", responses((status = 200, body = Data<WorkspaceData>), Refusal))]
pub(super) async fn get_workspace(State(api): State<Api>, caller: Caller) -> Result<Data<WorkspaceData>, ApiError> {
    caller.require(Scope::WorkspaceRead)?;
    Ok(Data::of(WorkspaceData { workspace: current(&api, &caller)? }))
}

/// Gives the workspace another name.
#[utoipa::path(
    patch,
    path = "/workspace",
    tag = "Workspace",
    request_body = UpdateWorkspace,
    responses((status = 200, body = Data<WorkspaceData>), Refusal)
)]
pub(super) async fn update_workspace(
    State(api): State<Api>,
    caller: Caller,
    Body(update): Body<UpdateWorkspace>,
) -> Result<Data<WorkspaceData>, ApiError> {
    caller.require(Scope::WorkspaceWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.rename_workspace(&workspace, &update.name, &author)).await?;
    Ok(Data::of(WorkspaceData { workspace: current(&api, &caller)? }))
}

/// The caller's workspace as it is now.
pub(crate) fn current(api: &Api, caller: &Caller) -> Result<WorkspaceBody, ApiError> {
    let definitions = api.control.definitions();
    let workspace = definitions.workspaces.get(caller.workspace());
    workspace.map(|workspace| WorkspaceBody::from(&**workspace)).ok_or_else(|| ApiError::missing("workspace"))
}
