//! One node: the roles wired together, the listener and the embedded console.
