//! Errors of the database.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use kafka_outbox::{Condition, OutboxError};
use sqlx::migrate::MigrateError;

/// Why an operation on the database failed. Nothing was written, unless the connection was lost during a commit: then
/// the outcome is unknown.
///
/// Neither the text nor `Debug` holds a password or a value of an entity.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The tables were created by another version of this program: a newer one, or one from before the first release.
    #[error(
        "{database}: another version of this program has made the tables of this database (its migration {migration} \
         is not one of this version's); use that version, or another database"
    )]
    OtherVersion {
        /// The database.
        database: String,
        /// A migration that this version does not have, or has with other content.
        migration: i64,
    },
    /// The disk is full.
    #[error("the disk of the database is full; nothing of this change was written")]
    DiskFull,
    /// The path is not Unicode, which SQLite requires.
    #[error("{}: the path of the database is not valid UTF-8", .0.display())]
    NotUnicode(PathBuf),
    /// The URL cannot be parsed. The error does not show it, because any part may hold a password.
    #[error("the URL of the database is not of the form postgres://user:password@host:port/name: {0}")]
    Url(String),
    /// The database cannot be opened.
    #[error("{database}: cannot be opened as a database: {cause}")]
    Open {
        /// The database.
        database: String,
        /// The error of the driver.
        cause: sqlx::Error,
    },
    /// Nothing answers at the address, or something other than PostgreSQL.
    #[error(
        "{database}: the PostgreSQL server cannot be reached: {cause}; \
         is it running, and are the address and, for TLS, the certificates right?"
    )]
    Away {
        /// The database.
        database: String,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// The address accepts connections and then stays silent.
    #[error("{database}: no PostgreSQL server answers within {} s", limit.as_secs())]
    NoAnswer {
        /// The database.
        database: String,
        /// How long the program waited.
        limit: Duration,
    },
    /// The server refuses the user or the password.
    #[error("{database}: the server does not let this user in ({cause}); look at user and password")]
    Login {
        /// The database.
        database: String,
        /// The server's message.
        cause: String,
    },
    /// The user may not create the tables.
    #[error(
        "{database}: this user may not create the tables ({cause}); \
         as the owner of the database: GRANT CREATE ON SCHEMA public TO the user"
    )]
    Forbidden {
        /// The database.
        database: String,
        /// The server's message.
        cause: String,
    },
    /// Concurrent changes conflicted (PostgreSQL 40001, 40P01). A retry may succeed.
    #[error("other changes at the same time were in the way of this one; nothing of it was written")]
    Conflict,
    /// Another change has held a lock for longer than the lock timeout.
    #[error("another change has held for too long what this one needs; nothing of this one was written")]
    Locked,
    /// No connection became free in time.
    #[error(
        "no connection to the database in time: all are in use, or the server is away; nothing was written"
    )]
    NoConnection,
    /// A statement took longer than the statement timeout.
    #[error("the database took too long; nothing of this change was written")]
    TooSlow,
    /// A stored entity cannot be read by this version.
    #[error("the stored {entity} cannot be read as one: {cause}")]
    Document {
        /// The kind of entity.
        entity: &'static str,
        /// The place and kind of the difference.
        cause: serde_json::Error,
    },
    /// The server accepts no writes: it is a standby, as after a failover, or is set to read-only.
    #[error("the database takes no writes now: it is a standby, or set to read only; nothing was written")]
    ReadOnly,
    /// The disk cannot be read or written.
    #[error("the disk of the database fails ({0}); nothing of this change was written")]
    Disk(sqlx::Error),
    /// Another process holds the lock for migrations, or hangs while it migrates.
    #[error(
        "{database}: another process has held the lock for migrations for {} s; end it if it hangs \
         (pg_locks, locktype 'advisory', says which)", limit.as_secs()
    )]
    MigrationLocked {
        /// The database.
        database: String,
        /// How long the program waited.
        limit: Duration,
    },
    /// A pooler in transaction mode is between this program and the server.
    #[error(
        "{database}: a pooler in transaction mode (such as PgBouncer with pool_mode = transaction) is in between, \
         which mixes up prepared statements and settings; connect to the server itself, or set pool_mode = session"
    )]
    TransactionPooler {
        /// The database.
        database: String,
    },
    /// An error of the outbox.
    #[error(transparent)]
    Outbox(OutboxError),
    /// Another change wrote the entity between the read and the write of this one.
    #[error("the {entity} {id} was changed by another at the same time; try again")]
    Concurrent {
        /// The kind of entity.
        entity: &'static str,
        /// The id of the entity.
        id: String,
    },
    /// The stored day of a job's last run is malformed.
    #[error("the last run of the job {0} is no day; look at the table job_run")]
    JobRun(&'static str),
    /// The table of running numbers is malformed.
    #[error("{0} is not the number of a gjennomføring; look at the table lopenummer")]
    Lopenummer(String),
    /// Any other error of the database.
    #[error("the database refuses: {0}")]
    Database(sqlx::Error),
}

impl StoreError {
    /// Whether the same operation may succeed later: the database is away, or cannot do it now.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::OtherVersion { .. }
            | Self::DiskFull
            | Self::Open { .. }
            | Self::Away { .. }
            | Self::NoAnswer { .. }
            | Self::Login { .. }
            | Self::Forbidden { .. }
            | Self::Conflict
            | Self::Locked
            | Self::MigrationLocked { .. }
            | Self::TransactionPooler { .. }
            | Self::ReadOnly
            | Self::Disk(_)
            | Self::NoConnection
            | Self::TooSlow => true,
            Self::NotUnicode(_)
            | Self::Url(_)
            | Self::Document { .. }
            | Self::Outbox(_)
            | Self::Concurrent { .. }
            | Self::JobRun(_)
            | Self::Lopenummer(_) => false,
            Self::Database(cause) => Condition::of(cause).is_transient(),
        }
    }

    /// The reason in a few words that may be shown to anybody.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Database(_) => "it cannot be reached".to_owned(),
            Self::Disk(_) => "its disk fails".to_owned(),
            other => other.to_string(),
        }
    }

    /// What went wrong when a server was connected to.
    pub(super) fn reaching(database: &dyn Display, error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(cause) => Self::Away { database: database.to_string(), cause },
            other => Self::at(database, other),
        }
    }

    /// What went wrong when the database was opened.
    pub(super) fn at(database: &dyn Display, error: sqlx::Error) -> Self {
        let database = database.to_string();
        match error {
            sqlx::Error::Database(cause) => match cause.code().as_deref() {
                // invalid_password, invalid_authorization_specification
                Some("28P01" | "28000") => Self::Login { database, cause: cause.message().to_owned() },
                // insufficient_privilege
                Some("42501") => Self::Forbidden { database, cause: cause.message().to_owned() },
                _ => Self::from(sqlx::Error::Database(cause)).opening(database),
            },
            other => Self::from(other).opening(database),
        }
    }

    fn opening(self, database: String) -> Self {
        match self {
            Self::Database(cause) | Self::Disk(cause) => Self::Open { database, cause },
            other => other,
        }
    }

    pub(super) fn migration(database: &(dyn Display + Sync), error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(migration)
            | MigrateError::VersionTooNew(migration, _)
            | MigrateError::VersionMismatch(migration) => {
                Self::OtherVersion { database: database.to_string(), migration }
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::at(database, error)
            }
            other => Self::at(database, sqlx::Error::Migrate(Box::new(other))),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match Condition::of(&error) {
            Condition::Full => Self::DiskFull,
            Condition::Io => Self::Disk(error),
            Condition::ReadOnly => Self::ReadOnly,
            Condition::Conflict => Self::Conflict,
            Condition::Locked => Self::Locked,
            Condition::TooSlow => Self::TooSlow,
            Condition::NoConnection => Self::NoConnection,
            Condition::Away | Condition::Other => Self::Database(error),
        }
    }
}

impl From<OutboxError> for StoreError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Database(error) => error.into(),
            other => Self::Outbox(other),
        }
    }
}
