//! Two database servers: one that takes changes, and one that follows it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::cluster::Aim;
use crate::postgres::{Database, Server};

/// The name of PostgreSQL's socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// A primary with a synchronous standby: an acknowledged transaction is on both. Clients connect through a folder with a link to the
/// socket of the primary, as they would through the name of a service.
#[derive(Debug)]
pub(super) struct Servers {
    primary: Server,
    standby: Server,
    /// The replaced server, which hangs: its connections stay open, and it does not answer.
    gone: Option<Server>,
    address: PathBuf,
}

impl Servers {
    /// Starts both servers, and makes the folder `address`.
    pub(super) fn start(address: PathBuf) -> Result<Self> {
        let mut primary = Server::start_killable()?;
        let standby = primary.synchronous_standby()?;
        fs::create_dir(&address)?;
        let servers = Self { primary, standby, gone: None, address };
        servers.lead_to(&servers.primary)?;
        Ok(servers)
    }

    /// An empty database, which clients reach through the address.
    pub(super) async fn create_database(&self) -> Result<Database> {
        Ok(self.primary.create_database().await?.through(&self.address))
    }

    /// Kills the primary and starts it again.
    pub(super) fn crash(&mut self) -> Result<()> {
        self.primary.kill()?;
        self.primary.start_again()
    }

    /// Kills the primary or lets it hang, promotes the standby, and starts another server that follows it.
    pub(super) fn fail_over(&mut self, hangs: bool, aim: &mut Aim<'_>) -> Result<()> {
        if hangs {
            self.primary.suspend()?;
        } else {
            self.primary.kill()?;
        }
        aim.pause(0..1_500)?;
        // It reads only for a while; who has connected meanwhile is to find out.
        self.lead_to(&self.standby)?;
        aim.pause(0..1_500)?;
        self.standby.promote()?;
        aim.pause(0..3_000)?;
        let next = self.standby.synchronous_standby()?;
        let promoted = std::mem::replace(&mut self.standby, next);
        let old = std::mem::replace(&mut self.primary, promoted);
        // It ends with the next failover, or with the run.
        self.gone = hangs.then_some(old);
        // An address that leads to the one that reads only, for a moment.
        self.lead_to(&self.standby)?;
        aim.pause(0..1_000)?;
        self.lead_to(&self.primary)
    }

    fn lead_to(&self, server: &Server) -> Result<()> {
        let socket = server.socket().context("a server without a socket")?;
        let next = self.address.join("next");
        symlink(socket, &next)?;
        Ok(fs::rename(next, self.address.join(SOCKET))?)
    }
}
