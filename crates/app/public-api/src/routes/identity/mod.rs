//! Who is who: the rules, and what people do beside them.

mod hairballs;
mod operations;
mod rules;
mod status;
mod versions;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Api;

pub(super) fn identity_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(status::get_identity))
        .routes(routes!(hairballs::list_hairballs))
        .routes(routes!(operations::list_operations, operations::carry_out_operation))
        .routes(routes!(operations::preview_operation))
        .routes(routes!(rules::get_identity_rules, rules::replace_identity_rules))
        .routes(routes!(rules::validate_identity_rules))
        .routes(routes!(rules::preview_identity_rules))
        .routes(routes!(rules::roll_back_identity_rules))
        .routes(routes!(versions::list_identity_rules_versions))
        .routes(routes!(versions::get_identity_rules_version))
}
