//! The destinations we ship.
