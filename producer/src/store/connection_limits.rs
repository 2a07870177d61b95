//! Limits on connections to a PostgreSQL server, and on waiting for it.

use std::time::Duration;

/// Limits on connections to a PostgreSQL server, and on waiting for it. SQLite has one writer and ignores them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections that are open at once. Defaults to 10.
    pub connections: u32,
    /// How long the server has to answer when the database is opened. Defaults to 8 s.
    pub connect: Duration,
    /// How long a change waits for a free connection. Defaults to 10 s.
    pub acquire: Duration,
    /// How long a change waits for what another change has locked. Defaults to 10 s.
    pub lock: Duration,
    /// How long one statement may take, with the time it waits for locks. Defaults to 30 s.
    pub statement: Duration,
    /// How long a transaction may be idle before the server ends it, so that a hanging one does not keep its locks.
    /// Defaults to 60 s.
    pub idle: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 10,
            connect: Duration::from_secs(8),
            acquire: Duration::from_secs(10),
            lock: Duration::from_secs(10),
            statement: Duration::from_secs(30),
            idle: Duration::from_mins(1),
        }
    }
}
