//! The tracking API: accepts events from SDKs and acknowledges them once durable.
