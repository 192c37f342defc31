//! What every role shares: configuration, counters, metrics, logging and shutdown.
