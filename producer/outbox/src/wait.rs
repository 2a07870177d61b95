//! Waiting for the next commit, without polling the database all the time.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use sqlx::postgres::PgListener;
use sqlx::sqlite::SqliteConnectOptions;

use crate::dialect::Dialect;
use crate::outbox::{CHANNEL, Outbox};

/// How often a relay looks at the files of a SQLite database. This asks the file system, not the database.
const FILE_INTERVAL: Duration = Duration::from_millis(50);
/// Precision of a file's timestamp. A file that was changed within this time may change again without a new
/// timestamp.
const TICK: Duration = Duration::from_millis(20);
/// How often to check that the connection for notifications still leads to the primary. After a failover it may stay
/// open to a standby or to nothing, and stay silent.
const LISTEN_CHECK: Duration = Duration::from_secs(15);
/// How long the answer may take.
const LISTEN_ANSWER: Duration = Duration::from_secs(2);
/// The pause before a broken connection for notifications is opened again.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// Length and modification time of a file.
type Stamp = (u64, SystemTime);

/// Waits for changes of this process and of others.
pub(crate) struct Waiter {
    outbox: Outbox,
    elsewhere: Elsewhere,
}

/// How commits of other processes are detected.
enum Elsewhere {
    /// The files of a SQLite database (the log and the database), with their stamps at the last look.
    Files {
        files: [PathBuf; 2],
        seen: Option<Stamp>,
    },

    /// No connection for notifications, not yet or no longer.
    NotListening,
    Listening(Box<PgListener>, Instant),
}

impl Waiter {
    pub(crate) fn new(outbox: Outbox) -> Self {
        outbox.wake_up.relays.fetch_add(1, Ordering::Relaxed);
        let url = &outbox.pool.connect_options().database_url;
        let elsewhere = match outbox.dialect {
            Dialect::Sqlite => {
                // A URL that the pool could not read would have no pool; without a file, nobody else writes.
                let options = SqliteConnectOptions::from_str(url.as_str()).unwrap_or_default();
                let database = options.get_filename();
                let mut log = database.as_os_str().to_owned();
                log.push("-wal");
                Elsewhere::Files { files: [log.into(), database.to_owned()], seen: None }
            }
            Dialect::Postgres => Elsewhere::NotListening,
        };
        Self { outbox, elsewhere }
    }

    /// Marks the current state as seen: commits after this end the next wait.
    pub(crate) fn look(&mut self) {
        if let Elsewhere::Files { files, seen } = &mut self.elsewhere {
            *seen = stamp(files);
        }
    }

    /// Returns when something may have been committed, at the latest after `longest`.
    pub(crate) async fn wait(&mut self, longest: Duration) {
        let Self { outbox, elsewhere } = self;
        elsewhere.check().await;
        let committed = outbox.wake_up.committed.notified();
        tokio::select! {
            () = committed => {}
            () = tokio::time::sleep(longest) => {}
            () = elsewhere.committed(outbox) => {}
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.outbox.wake_up.relays.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Elsewhere {
    /// Closes a connection for notifications that no longer delivers.
    async fn check(&mut self) {
        let Self::Listening(listener, checked) = self else { return };
        if checked.elapsed() < LISTEN_CHECK {
            return;
        }
        let question = sqlx::query_scalar("SELECT current_setting('transaction_read_only')");
        match tokio::time::timeout(LISTEN_ANSWER, question.fetch_one(&mut **listener)).await {
            Ok(Ok::<String, _>(read_only)) if read_only == "off" => *checked = Instant::now(),
            _ => *self = Self::NotListening,
        }
    }

    /// Returns when another process may have committed. Cancelling it loses nothing.
    async fn committed(&mut self, outbox: &Outbox) {
        loop {
            match self {
                Self::Files { files, seen } => {
                    tokio::time::sleep(FILE_INTERVAL).await;
                    let now = stamp(files);
                    if now.is_none() || now != *seen {
                        *seen = now;
                        return;
                    }
                }
                Self::NotListening => {
                    let url = outbox.pool.connect_options().database_url.to_string();
                    match listen(&url).await {
                        Ok(listener) => *self = Self::Listening(Box::new(listener), Instant::now()),
                        Err(error) => {
                            tracing::debug!(%error, "no notifications; the outbox is looked at instead");
                            tokio::time::sleep(LISTEN_AGAIN).await;
                        }
                    }
                }
                Self::Listening(listener, _) => {
                    // Else the connection was lost, and with it perhaps a notification.
                    if !matches!(listener.try_recv().await, Ok(Some(_))) {
                        *self = Self::NotListening;
                    }
                    return;
                }
            }
        }
    }
}

async fn listen(url: &str) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// The stamp that a later look is compared with; `None` if a change might not show in it. Without a log, the database
/// file itself is written; without a file, no other process writes.
fn stamp(files: &[PathBuf]) -> Option<Stamp> {
    let metadata = files.iter().find_map(|file| std::fs::metadata(file).ok());
    let Some(metadata) = metadata else { return Some((0, SystemTime::UNIX_EPOCH)) };
    let modified = metadata.modified().ok()?;
    let is_old = SystemTime::now().duration_since(modified).is_ok_and(|age| age > TICK);
    is_old.then_some((metadata.len(), modified))
}
