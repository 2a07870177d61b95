//! A host of this machine.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// Where a process runs: in the network of this machine, or in a network namespace that a run has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    address: Ipv4Addr,
    namespace: Option<String>,
}

impl Default for Host {
    /// This machine, at the address that only it reaches.
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

    /// The program to start, and the arguments that come before its own, such that `program` runs there. It is the same
    /// process: `nsenter` becomes the program.
    pub fn enter(&self, program: &Path) -> (PathBuf, Vec<OsString>) {
        match &self.namespace {
            None => (program.to_owned(), Vec::new()),
            Some(name) => {
                (PathBuf::from("nsenter"), vec![format!("--net=/run/netns/{name}").into(), program.into()])
            }
        }
    }
}
