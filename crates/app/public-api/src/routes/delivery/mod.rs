//! What became of events at their destinations: counts over time, and the receipts of single ones.

mod breakdown;
mod discards;
mod event_state;
mod expired;
mod from_ledger;
mod overview;
mod queues;
mod receipt_body;
mod receipts;
mod summary;
mod window;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Api;

pub(super) fn delivery_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(overview::get_delivery_overview))
        .routes(routes!(summary::get_delivery_summary))
        .routes(routes!(discards::list_discards))
        .routes(routes!(queues::list_delivery_queues))
        .routes(routes!(expired::list_expired_events))
        .routes(routes!(event_state::get_event_state))
        .routes(routes!(receipts::list_receipts))
        .routes(routes!(receipts::get_receipt))
}
