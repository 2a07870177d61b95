//! What may go wrong with the database.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

/// Why the database could not do what was asked. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer version of this program has written the database.
    #[error(
        "{}: a newer version of this program has migrated this database (migration {migration} is unknown here); \
         use that version, or another database", path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The migration that this version does not know.
        migration: i64,
    },
    /// No room for what is written.
    #[error("the disk of the database is full; nothing of this change was written")]
    DiskFull,
    /// The path cannot be given to SQLite.
    #[error("{}: the path of the database is not valid UTF-8", .0.display())]
    NotUnicode(PathBuf),
    /// The file cannot be opened as a database.
    #[error("{}: cannot be opened as a database: {cause}", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the database says.
        cause: sqlx::Error,
    },
    /// A stored entity that this version cannot read.
    #[error("the stored {entity} cannot be read as one: {cause}")]
    Document {
        /// The kind of entity.
        entity: &'static str,
        /// Where the document differs.
        cause: serde_json::Error,
    },
    /// The table of numbers has been tampered with.
    #[error("{0} is not the number of a gjennomføring; look at the table lopenummer")]
    Lopenummer(String),
    /// Anything else that the database says.
    #[error("the database refuses: {0}")]
    Database(sqlx::Error),
}

impl StoreError {
    pub(super) fn at(path: &Path, error: sqlx::Error) -> Self {
        match Self::from(error) {
            Self::Database(cause) => Self::Open { path: path.to_owned(), cause },
            other => other,
        }
    }

    pub(super) fn migration(path: &Path, error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(migration) | MigrateError::VersionTooNew(migration, _) => {
                Self::Newer { path: path.to_owned(), migration }
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::at(path, error),
            other => Self::at(path, sqlx::Error::Migrate(Box::new(other))),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        /// `SQLITE_FULL`, and `SQLITE_IOERR_SHMSIZE`: no room for the file beside the database either.
        const FULL: [&str; 2] = ["13", "4874"];
        match &error {
            sqlx::Error::Database(cause) if cause.code().is_some_and(|code| FULL.contains(&&*code)) => {
                Self::DiskFull
            }
            _ => Self::Database(error),
        }
    }
}
