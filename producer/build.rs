//! Without this, a migration that is added is not compiled in before something else changes.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
