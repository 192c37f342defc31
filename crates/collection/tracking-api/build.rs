//! Rebuilds the crate when the analytics.js bundle changes.

fn main() {
    println!("cargo::rerun-if-changed=../../../packages/analytics-js/dist");
}
