//! Shapes on disk that are read and no longer written.

pub(super) mod v1;
