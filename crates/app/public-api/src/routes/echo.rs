use http::{Method, Uri};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::openapi::Refusal;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EchoQuery {
    message: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Echo {
    method: String,
    path: String,
    message: String,
}

/// Answers with what was sent: a way to try a token.
#[utoipa::path(
    get,
    path = "/echo",
    tag = "Workspace",
    params(EchoQuery),
    responses((status = 200, body = Data<Echo>), Refusal)
)]
pub(super) async fn echo(_caller: Caller, method: Method, uri: Uri, Params(query): Params<EchoQuery>) -> Data<Echo> {
    Data::of(Echo { method: method.to_string(), path: format!("/api/v1{}", uri.path()), message: query.message })
}
