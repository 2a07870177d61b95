//! Free ports of this machine.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};
use uuid::Uuid;

/// The range of the ports. It is below the ports that Linux gives to outgoing connections, so nobody takes the port of a stopped broker.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A reserved port: no other test takes it until this value is dropped.
#[derive(Debug)]
pub(super) struct Reserved(TcpListener);

impl Reserved {
    /// Reserves this port, or a free one.
    pub(super) fn new(port: Option<u16>) -> Result<Self> {
        match port {
            Some(port) => bind(port).with_context(|| format!("port {port} cannot be had")),
            None => any(),
        }
    }

    pub(super) fn port(&self) -> Result<u16> {
        Ok(self.0.local_addr()?.port())
    }
}

fn bind(port: u16) -> std::io::Result<Reserved> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(Reserved)
}

fn any() -> Result<Reserved> {
    let [low, high, ..] = Uuid::new_v4().into_bytes();
    let start = u16::from_le_bytes([low, high]);
    (0..1_000)
        .map(|step| PORTS.start + start.wrapping_add(step) % (PORTS.end - PORTS.start))
        .find_map(|port| bind(port).ok())
        .with_context(|| format!("no free port in {PORTS:?}"))
}
