use axum::extract::State;
use prime_control::Scope;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

/// The configuration that this server runs with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Configuration {
    settings: Vec<SettingBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Setting)]
pub(crate) struct SettingBody {
    /// Section and key, as in `http.listen`.
    key: String,
    /// A text, a number, or a list of texts.
    #[schema(value_type = Value)]
    value: Value,
    /// `default`, `file`, `environment` or `commandline`.
    #[schema(value_type = String)]
    origin: Value,
}

/// The configuration in force and where each value came from.
#[utoipa::path(
    get,
    path = "/configuration",
    tag = "Workspace",
    responses((status = 200, body = Data<Configuration>), Refusal)
)]
pub(super) async fn get_configuration(State(api): State<Api>, caller: Caller) -> Result<Data<Configuration>, ApiError> {
    caller.require(Scope::WorkspaceRead)?;
    let settings = api.settings.iter().map(|setting| SettingBody {
        key: setting.key.clone(),
        value: serde_json::to_value(&setting.value).unwrap_or(Value::Null),
        origin: serde_json::to_value(setting.origin).unwrap_or(Value::Null),
    });
    Ok(Data::of(Configuration { settings: settings.collect() }))
}
