//! The event log: topics of ordered records on local segment files.
