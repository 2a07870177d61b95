//! The settings of a service.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::HttpLimits;
use crate::app::Token;
use crate::kafka::Cluster;
use crate::publish::MigratedCodes;
use crate::store::Location;

/// The settings of a service. `Debug` shows neither the token nor a password.
#[derive(Debug, Clone)]
pub struct Config {
    /// The location of the database.
    pub database: Location,
    /// The cluster with the topics.
    pub cluster: Cluster,
    /// The address that HTTP listens on. Defaults to 127.0.0.1:8080.
    pub listen: SocketAddr,
    /// The token that the HTTP interface requires. Without one it answers only health and metrics, and listens on
    /// loopback only. Defaults to none.
    pub token: Option<Token>,
    /// Limits of the connections to the HTTP interface. Defaults to those of [`HttpLimits`].
    pub http: HttpLimits,
    /// The tiltakskoder that are published to Arena. Defaults to those of production.
    pub migrert: MigratedCodes,
    /// Interval at which the scheduler looks for jobs and fan-outs that are due. Defaults to 5 s.
    pub tick: Duration,
    /// How long another process's lease may go unrenewed before this one takes over. Defaults to 15 s.
    pub takeover_after: Duration,
    /// How long a shutdown may take to finish requests and the current batch. Defaults to 20 s.
    pub shutdown_timeout: Duration,
}

impl Config {
    /// Settings with this database and this cluster, and the defaults.
    pub fn new(database: Location, cluster: Cluster) -> Self {
        Self {
            database,
            cluster,
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            token: None,
            http: HttpLimits::default(),
            migrert: MigratedCodes::production(),
            tick: Duration::from_secs(5),
            takeover_after: Duration::from_secs(15),
            shutdown_timeout: Duration::from_secs(20),
        }
    }
}
