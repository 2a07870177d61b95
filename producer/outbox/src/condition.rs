//! Error codes of SQLite and PostgreSQL, reduced to what the caller can do.

/// The meaning of a database error. SQLite's extended result codes count as their primary code.
///
/// Sources: <https://sqlite.org/rescode.html>, PostgreSQL's appendix A (SQLSTATE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The disk is full. Make room, then the same operation succeeds.
    Full,
    /// The disk cannot be read or written. Check the disk; the same operation may succeed later.
    Io,
    /// The server accepts no writes: it is a standby, as after a failover, or is set to read-only.
    ReadOnly,
    /// Concurrent changes conflicted (a deadlock, a serialization failure). A retry may succeed.
    Conflict,
    /// Another transaction has held a lock for longer than the lock timeout.
    Locked,
    /// A statement took longer than the statement timeout.
    TooSlow,
    /// All connections are in use, or the server cannot be reached.
    NoConnection,
    /// The server cannot be reached, or is shutting down.
    Away,
    /// Any other error. A retry gives the same error.
    Other,
}

impl Condition {
    /// The condition of an error.
    pub fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::WorkerCrashed | E::PoolClosed => Self::Away,
            E::PoolTimedOut => Self::NoConnection,
            E::Database(cause) => cause.code().map_or(Self::Other, |code| Self::of_code(&code)),
            E::InvalidSavePointStatement | E::BeginFailed => Self::Io,
            _ => Self::Other,
        }
    }

    /// The condition of an error code. SQLite's codes are numbers of at most four digits; PostgreSQL's have five
    /// characters.
    fn of_code(code: &str) -> Self {
        if code.len() == 5 {
            return Self::of_sqlstate(code);
        }
        let Ok(code) = code.parse::<u32>() else { return Self::Other };
        // SQLITE_IOERR_SHMSIZE: no room for the file beside the database.
        match (code, code & 0xff) {
            (4874, _) | (_, 13) => Self::Full,
            // SQLITE_BUSY_RECOVERY and SQLITE_BUSY_SNAPSHOT come at once; SQLITE_LOCKED is of this process.
            (261 | 517, _) | (_, 6) => Self::Conflict,
            (_, 5) => Self::Locked,
            (_, 8) => Self::ReadOnly,
            (_, 10 | 14) => Self::Io,
            _ => Self::Other,
        }
    }

    fn of_sqlstate(code: &str) -> Self {
        match code {
            "53100" => Self::Full,
            "58030" => Self::Io,
            "25006" => Self::ReadOnly,
            "40001" | "40P01" => Self::Conflict,
            "55P03" => Self::Locked,
            "57014" => Self::TooSlow,
            _ if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => Self::Away,
            _ => Self::Other,
        }
    }

    /// Whether a retry may succeed without a change of the program or its data.
    pub fn is_transient(self) -> bool {
        self != Self::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_code_decides() {
        for (code, expected) in [
            ("13", Condition::Full),
            ("4874", Condition::Full),
            ("5", Condition::Locked),
            ("773", Condition::Locked),
            ("261", Condition::Conflict),
            ("517", Condition::Conflict),
            ("6", Condition::Conflict),
            ("262", Condition::Conflict),
            ("8", Condition::ReadOnly),
            ("1032", Condition::ReadOnly),
            ("10", Condition::Io),
            ("778", Condition::Io),
            ("14", Condition::Io),
            ("526", Condition::Io),
            ("19", Condition::Other),
            ("25006", Condition::ReadOnly),
            ("57P01", Condition::Away),
            ("08006", Condition::Away),
            ("53300", Condition::Away),
            ("40P01", Condition::Conflict),
            ("42501", Condition::Other),
        ] {
            assert_eq!(Condition::of_code(code), expected, "{code}");
        }
    }
}
