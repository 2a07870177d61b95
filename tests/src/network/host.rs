//! The hosts of a run: this machine, or a network namespace.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// A host for processes: the network of this machine, or a network namespace that a run has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    address: Ipv4Addr,
    namespace: Option<String>,
}

impl Default for Host {
    /// This machine, at its loopback address.
    fn default() -> Self {
        Self { address: Ipv4Addr::LOCALHOST, namespace: None }
    }
}

impl Host {
    pub(super) fn new(address: Ipv4Addr, namespace: String) -> Self {
        Self { address, namespace: Some(namespace) }
    }

    /// The address.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The name of its namespace; empty if it has none.
    pub(super) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// The program to start, and the arguments before its own, so that `program` runs on this host. `nsenter` becomes the program, so
    /// the process id stays the same.
    pub fn enter(&self, program: &Path) -> (PathBuf, Vec<OsString>) {
        match &self.namespace {
            None => (program.to_owned(), Vec::new()),
            Some(name) => {
                (PathBuf::from("nsenter"), vec![format!("--net=/run/netns/{name}").into(), program.into()])
            }
        }
    }
}
