//! Rebuilds the crate when the console changes.

fn main() {
    println!("cargo::rerun-if-changed=../../../console/dist");
}
