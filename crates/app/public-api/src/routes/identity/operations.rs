use axum::extract::State;
use prime_control::{IdentityChange, Resource, Scope};
use prime_event::Timestamp;
use prime_identity::Cause;
use prime_profile_api::Space;
use prime_profiles_service::{OperationError, SpaceProfiles};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::body::{Body, Params};
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::people::{OperationEntry, OperationInput, OperationPreview, look, not_ready, plan};
use crate::state::Api;

const REASON_CHARS_MAX: usize = 500;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewOperation {
    operation: OperationInput,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CarryOutOperation {
    operation: OperationInput,
    /// Why, for those who come later.
    #[serde(default)]
    reason: String,
    /// `fingerprint` of the preview: if it would do something else by now, it is refused.
    fingerprint: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewedOperation {
    preview: OperationPreview,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneOperation {
    operation: OperationEntry,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Operations {
    operations: Vec<OperationEntry>,
    pagination: PageInfo,
}

/// What an act would do to who is who. Nothing happens.
#[utoipa::path(
    post,
    path = "/identity/operations/preview",
    tag = "Identity",
    request_body = PreviewOperation,
    responses((status = 200, body = Data<PreviewedOperation>), Refusal)
)]
pub(crate) async fn preview_operation(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<PreviewOperation>,
) -> Result<Data<PreviewedOperation>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let space = api.people(&caller)?;
    let preview = api.search(move || {
        look(&space, |graph| {
            let planned = plan(graph, &request.operation, Timestamp::now().as_millis())?;
            OperationPreview::of(graph, &space.reader(), &planned)
        })
    });
    Ok(Data::of(PreviewedOperation { preview: preview.await?? }))
}

/// Removes, splits, keeps apart, disregards, releases, or takes one of these back. Everybody sees it once it is answered.
#[utoipa::path(
    post,
    path = "/identity/operations",
    tag = "Identity",
    request_body = CarryOutOperation,
    responses((status = 200, body = Data<OneOperation>), Refusal)
)]
pub(crate) async fn carry_out_operation(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CarryOutOperation>,
) -> Result<Data<OneOperation>, ApiError> {
    caller.require(Scope::ProfilesWrite)?;
    if request.reason.chars().count() > REASON_CHARS_MAX {
        return Err(ApiError::field("reason", "The reason has more than 500 characters; shorten it."));
    }
    let space = api.people(&caller)?;
    let (author, workspace) = (caller.author(), caller.workspace().clone());
    let by = author.name().to_owned();
    let entry = api.search(move || carry_out(&space, request, by)).await??;
    let change = IdentityChange {
        verb: entry.verb,
        resource: Resource::Profile,
        id: entry.entry.number.to_string(),
        name: format!("operation {}", entry.entry.number),
        change: json!({ "operation": entry.entry.number, "kind": entry.entry.kind }),
    };
    api.control(move |control| control.record_identity_change(&workspace, change, &author)).await?;
    Ok(Data::of(OneOperation { operation: entry.entry }))
}

struct CarriedOut {
    entry: OperationEntry,
    /// As the audit trail says it.
    verb: &'static str,
}

fn carry_out(space: &SpaceProfiles, request: CarryOutOperation, by: String) -> Result<CarriedOut, ApiError> {
    let at_ms = Timestamp::now().as_millis();
    let cause = Cause { at_ms, by, reason: request.reason };
    let verb = match request.operation {
        OperationInput::Remove { .. } => "identifier removed",
        OperationInput::Split { .. } => "split",
        OperationInput::Apart { .. } => "kept apart",
        OperationInput::Disregard { .. } => "events disregarded",
        OperationInput::Release { .. } => "identifier released",
        OperationInput::Undo { .. } => "operation undone",
    };
    let done = space.operate(cause, |graph| {
        let planned = plan(graph, &request.operation, at_ms)?;
        match &request.fingerprint {
            Some(seen) if *seen != planned.fingerprint => Err(ApiError::Conflict(
                "It would do something else by now, as events came in the meantime; look at the preview again.".into(),
            )),
            _ => Ok(planned.plan),
        }
    });
    let record = done.map_err(|error| match error {
        OperationError::Plan(error) => error,
        OperationError::NotReady => not_ready(),
        OperationError::Failed => ApiError::Internal,
    })?;
    Ok(CarriedOut { entry: look(space, |graph| Ok(OperationEntry::of(graph, &record)?))?, verb })
}

/// All acts ever, the newest first, also those that were undone.
#[utoipa::path(
    get,
    path = "/identity/operations",
    tag = "Identity",
    params(PageQuery),
    responses((status = 200, body = Data<Operations>), Refusal)
)]
pub(crate) async fn list_operations(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<Operations>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let space = api.people(&caller)?;
    let listed = api.search(move || {
        look(&space, |graph| {
            let (page, pagination) = query.page(graph.operations()?, |record| {
                (i64::try_from(record.number).map_or(i64::MIN, |number| -number), String::new())
            })?;
            let operations = page.iter().map(|record| OperationEntry::of(graph, record)).collect::<Result<_, _>>()?;
            Ok(Operations { operations, pagination })
        })
    });
    Ok(Data::of(listed.await??))
}
