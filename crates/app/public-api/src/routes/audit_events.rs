use axum::extract::State;
use prime_control::{LedgerEntry, Scope};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// One change of the workspace, as the ledger keeps it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEvent {
    id: String,
    timestamp: String,
    /// What happened, as `Source Created`.
    #[serde(rename = "type")]
    kind: String,
    /// An account's id, a token's id, or `system`.
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_email: Option<String>,
    resource_id: String,
    resource_type: String,
    resource_name: String,
    /// The values that were set, without secrets.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    change: Value,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEvents {
    events: Vec<AuditEvent>,
    pagination: PageInfo,
}

/// Every change of the workspace, newest first.
#[utoipa::path(
    get,
    path = "/audit-events",
    tag = "Audit trail",
    params(PageQuery),
    responses((status = 200, body = Data<AuditEvents>), Refusal)
)]
pub(super) async fn list_audit_events(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<AuditEvents>, ApiError> {
    caller.require(Scope::WorkspaceRead)?;
    let (count, before) = (query.count()?, query.position()?);
    let workspace = caller.workspace().clone();
    // One more than the page holds tells whether another page follows.
    let mut entries = api.control(move |control| control.ledger(&workspace, before, count + 1)).await?;
    let more = entries.len() > count;
    entries.truncate(count);
    let next = entries.last().filter(|_| more).map(|entry| entry.seq);
    Ok(Data::of(AuditEvents {
        events: entries.into_iter().map(AuditEvent::from).collect(),
        pagination: query.info_at(next),
    }))
}

impl From<LedgerEntry> for AuditEvent {
    fn from(entry: LedgerEntry) -> Self {
        Self {
            id: entry.seq.to_string(),
            timestamp: entry.at.to_string(),
            kind: entry.kind,
            actor: entry.actor,
            actor_email: entry.actor_email,
            resource_id: entry.resource_id,
            resource_type: entry.resource_type,
            resource_name: entry.resource_name,
            change: entry.change,
        }
    }
}
