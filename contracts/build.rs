//! Rebuilds the crate when a contract file is added, not only when one is changed.

fn main() {
    println!("cargo::rerun-if-changed=topics");
}
