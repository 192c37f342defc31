//! A believable shop that sends events over HTTP, for demonstrations and tests.
