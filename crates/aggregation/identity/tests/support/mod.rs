//! What the tests share: a naive reading of the rules, random histories, and a graph that is restarted at will.

#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod follower;
pub(crate) mod history;
pub(crate) mod naive;
pub(crate) mod node;
pub(crate) mod random;
