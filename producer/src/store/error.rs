//! What may go wrong with the database.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use sqlx::migrate::MigrateError;

/// Why the database could not do what was asked. Nothing was written, unless the connection was lost during a commit:
/// then it is not known.
///
/// Neither the text nor `Debug` holds a password or a value of an entity.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer version of this program has written the database.
    #[error(
        "{database}: a newer version of this program has migrated this database (migration {migration} is unknown \
         here); use that version, or another database"
    )]
    Newer {
        /// The database.
        database: String,
        /// The migration that this version does not know.
        migration: i64,
    },
    /// No room for what is written.
    #[error("the disk of the database is full; nothing of this change was written")]
    DiskFull,
    /// The path cannot be given to SQLite.
    #[error("{}: the path of the database is not valid UTF-8", .0.display())]
    NotUnicode(PathBuf),
    /// The URL cannot be read. It is not shown: a piece of a password may stand anywhere in it.
    #[error("the URL of the database is not of the form postgres://user:password@host:port/name: {0}")]
    Url(String),
    /// The database cannot be opened.
    #[error("{database}: cannot be opened as a database: {cause}")]
    Open {
        /// The database.
        database: String,
        /// What the database says.
        cause: sqlx::Error,
    },
    /// Nothing answers at the address, or not as it should.
    #[error(
        "{database}: the PostgreSQL server cannot be reached: {cause}; \
         is it running, and are the address and, for TLS, the certificates right?"
    )]
    Away {
        /// The database.
        database: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Something takes the connection and says nothing.
    #[error("{database}: no PostgreSQL server answers within {} s", limit.as_secs())]
    NoAnswer {
        /// The database.
        database: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The server does not know the user or the password.
    #[error("{database}: the server does not let this user in ({cause}); look at user and password")]
    Login {
        /// The database.
        database: String,
        /// What the server says.
        cause: String,
    },
    /// The user lacks a right that migrating takes.
    #[error(
        "{database}: this user may not create the tables ({cause}); \
         as the owner of the database: GRANT CREATE ON SCHEMA public TO the user"
    )]
    Forbidden {
        /// The database.
        database: String,
        /// What the server says.
        cause: String,
    },
    /// Changes at the same time were in each other's way (PostgreSQL 40001, 40P01). Done again, the change may succeed.
    #[error("other changes at the same time were in the way of this one; nothing of it was written")]
    Conflict,
    /// Another change held for too long what this one needs.
    #[error("another change has held for too long what this one needs; nothing of this one was written")]
    Locked,
    /// No connection could be had.
    #[error(
        "no connection to the database in time: all are in use, or the server is away; nothing was written"
    )]
    NoConnection,
    /// A statement took longer than it may.
    #[error("the database took too long; nothing of this change was written")]
    TooSlow,
    /// A stored entity that this version cannot read.
    #[error("the stored {entity} cannot be read as one: {cause}")]
    Document {
        /// The kind of entity.
        entity: &'static str,
        /// Where the document differs.
        cause: serde_json::Error,
    },
    /// Somebody else has claimed the outbox since: another relay has begun.
    #[error("another relay of this database has begun since; nothing was written by this one")]
    Overtaken,
    /// An entity was changed by another while it was being changed.
    #[error("the {entity} {id} was changed by another at the same time; try again")]
    Concurrent {
        /// The kind of entity.
        entity: &'static str,
        /// Its id.
        id: String,
    },
    /// The day of a job's last run has been tampered with.
    #[error("the last run of the job {0} is no day; look at the table job_run")]
    JobRun(&'static str),
    /// The table of numbers has been tampered with.
    #[error("{0} is not the number of a gjennomføring; look at the table lopenummer")]
    Lopenummer(String),
    /// Anything else that the database says.
    #[error("the database refuses: {0}")]
    Database(sqlx::Error),
}

impl StoreError {
    /// The database is away, or cannot do now what was asked: the same may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Newer { .. }
            | Self::DiskFull
            | Self::Open { .. }
            | Self::Away { .. }
            | Self::NoAnswer { .. }
            | Self::Login { .. }
            | Self::Forbidden { .. }
            | Self::Conflict
            | Self::Locked
            | Self::NoConnection
            | Self::TooSlow => true,
            Self::NotUnicode(_)
            | Self::Url(_)
            | Self::Document { .. }
            | Self::Overtaken
            | Self::Concurrent { .. }
            | Self::JobRun(_)
            | Self::Lopenummer(_) => false,
            Self::Database(cause) => is_away(cause),
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
            Self::Database(cause) => Self::Open { database, cause },
            other => other,
        }
    }

    pub(super) fn migration(database: &dyn Display, error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(migration) | MigrateError::VersionTooNew(migration, _) => {
                Self::Newer { database: database.to_string(), migration }
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::at(database, error)
            }
            other => Self::at(database, sqlx::Error::Migrate(Box::new(other))),
        }
    }
}

/// The connection, not the statement, is at fault.
fn is_away(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
        E::Database(cause) => cause.code().is_some_and(|code| match &*code {
            // SQLITE_IOERR, SQLITE_CANTOPEN
            "10" | "14" => true,
            // connection exception, insufficient resources, operator intervention
            code => code.len() == 5 && ["08", "53", "57"].iter().any(|class| code.starts_with(class)),
        }),
        _ => false,
    }
}

impl From<sqlx::Error> for StoreError {
    /// SQLite's codes are numbers, those of PostgreSQL have five characters.
    fn from(error: sqlx::Error) -> Self {
        let cause = match &error {
            sqlx::Error::Database(cause) => cause,
            sqlx::Error::PoolTimedOut => return Self::NoConnection,
            _ => return Self::Database(error),
        };
        match cause.code().as_deref() {
            // SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: no room for the file beside the database either; disk_full.
            Some("13" | "4874" | "53100") => Self::DiskFull,
            // serialization_failure, deadlock_detected
            Some("40001" | "40P01") => Self::Conflict,
            // SQLITE_BUSY; lock_not_available
            Some("5" | "55P03") => Self::Locked,
            // query_canceled
            Some("57014") => Self::TooSlow,
            _ => Self::Database(error),
        }
    }
}
