//! Waiting for the next change without asking for it all the time.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use sqlx::postgres::PgListener;
use sqlx::sqlite::SqliteConnectOptions;

use crate::dialect::Dialect;
use crate::outbox::{CHANNEL, Outbox};

/// How often the file of a SQLite database is looked at. The file system is asked, not the database.
const FILE_INTERVAL: Duration = Duration::from_millis(50);
/// What was changed so shortly before may be changed again without its time showing it: file systems count in ticks.
const TICK: Duration = Duration::from_millis(20);
/// How often is asked whether a connection for notifications still leads to the server that is written: after a failover it
/// may stay open, to a standby or to nobody, and never say a word.
const LISTEN_CHECK: Duration = Duration::from_secs(15);
/// How long the answer may take.
const LISTEN_ANSWER: Duration = Duration::from_secs(2);
/// The pause before a broken connection for notifications is made anew.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// Length and time of a file.
type Stamp = (u64, SystemTime);

/// Waits for changes of this process and of others.
pub(crate) struct Waiter {
    outbox: Outbox,
    elsewhere: Elsewhere,
}

/// How the commits of other processes are seen.
enum Elsewhere {
    /// The log of a SQLite database and the database itself, and what they were like when they were last looked at.
    Files {
        files: [PathBuf; 2],
        seen: Option<Stamp>,
    },

    /// Not connected yet, or no longer.
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

    /// What is committed from now on ends the next wait.
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
    /// Gives up a connection for notifications that brings none.
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

    /// Returns when another process may have committed something. Cancelling it loses nothing.
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

/// What a later look is compared with; `None` if it might look the same although something has changed. Without a log it is
/// the database itself that is written; without a file at all, nobody else writes.
fn stamp(files: &[PathBuf]) -> Option<Stamp> {
    let metadata = files.iter().find_map(|file| std::fs::metadata(file).ok());
    let Some(metadata) = metadata else { return Some((0, SystemTime::UNIX_EPOCH)) };
    let modified = metadata.modified().ok()?;
    let is_old = SystemTime::now().duration_since(modified).is_ok_and(|age| age > TICK);
    is_old.then_some((metadata.len(), modified))
}
