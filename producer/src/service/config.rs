//! What a service is to be told.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::HttpLimits;
use crate::app::Token;
use crate::kafka::Cluster;
use crate::publish::MigratedCodes;
use crate::store::Location;

/// What a service is to be told. Neither the token nor a password is shown, also not by `Debug`.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the database is.
    pub database: Location,
    /// Where the topics are.
    pub cluster: Cluster,
    /// Where HTTP listens. Defaults to 127.0.0.1:8080.
    pub listen: SocketAddr,
    /// What the HTTP interface demands. Without one it answers nobody but for health and metrics, and listens on
    /// loopback only. Defaults to none.
    pub token: Option<Token>,
    /// Limits of the connections to the HTTP interface. Defaults to those of [`HttpLimits`].
    pub http: HttpLimits,
    /// The tiltakskoder that are published to Arena. Defaults to those of production.
    pub migrert: MigratedCodes,
    /// How often is looked whether a job or a fan-out is due. Defaults to 5 s.
    pub tick: Duration,
    /// How long nothing is heard of the process that publishes before one that stands by takes over. Defaults to 15 s.
    pub takeover_after: Duration,
    /// How long what is under way may take when the service is to stop. Defaults to 20 s.
    pub shutdown_timeout: Duration,
}

impl Config {
    /// This database and this cluster, and the defaults.
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
