//! The state that the parts of a service share: database, relay, metrics, token.

mod metrics;
mod token;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kafka_outbox::Backlog;
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::CommandService;
use crate::store::{Store, StoreError};

pub(crate) use metrics::{ANY_JOB, ExpositionFormat, FANOUT, JobOutcome, Metrics};
pub use token::{Token, WeakToken};

/// How long the database may take to say that it is there.
const PING_LIMIT: Duration = Duration::from_secs(2);

/// The state that the parts of a service share. Clones are handles to the same state.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    token: Option<Token>,
    metrics: Metrics,
    /// The executor of commands, once the database has been opened.
    commands: OnceLock<CommandService>,
    /// Why the database has not been opened.
    database_trouble: Mutex<String>,
    relay: Mutex<RelayState>,
    stopping: AtomicBool,
}

/// What a service does.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    /// Whether a change can be taken in.
    ready: bool,
    /// Why not.
    reason: Option<String>,
    relay: RelayStatus,
    /// Records that wait to be published. `null` if the database does not say.
    pending_records: Option<u64>,
    /// When the oldest change that waits was made (RFC 3339).
    oldest_pending: Option<String>,
    /// Changes that are not published until somebody retries or discards them.
    parked_changes: Option<usize>,
}

/// What the relay of a service does.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RelayStatus {
    /// `beginning`, `publishing`, `trying-again`, `standing-by` or `halted`.
    state: &'static str,
    /// Why nothing is published.
    reason: Option<String>,
    /// The process that publishes, if it is another.
    publisher: Option<String>,
}

/// The state of the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RelayState {
    /// The relay is starting; whether it can publish is not yet known.
    Beginning,
    Publishing,
    /// The relay has failed with this error, and tries again.
    Trouble(String),
    /// The process with this name publishes; this one stands by.
    StandingBy(String),
    /// The relay has halted with this error, and needs an operator.
    Halted(String),
}

impl App {
    /// A service whose database is not yet open. Callers need the token for the HTTP interface; without a token, the
    /// interface refuses everybody.
    pub fn new(token: Option<Token>) -> Self {
        Self(Arc::new(Shared {
            token,
            metrics: Metrics::new(),
            commands: OnceLock::new(),
            database_trouble: Mutex::new("it has not answered yet".to_owned()),
            relay: Mutex::new(RelayState::Beginning),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Sets the database, once it is open. Later calls change nothing.
    pub fn connected(&self, commands: CommandService) {
        // A second one is given up.
        let _ = self.0.commands.set(commands);
    }

    pub(crate) fn not_connected(&self, why: String) {
        *lock(&self.0.database_trouble) = why;
    }

    pub(crate) fn relay(&self, state: RelayState) {
        self.0.metrics.publishing(state == RelayState::Publishing);
        *lock(&self.0.relay) = state;
    }

    pub(crate) fn stopping(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) async fn close(&self) {
        if let Some(commands) = self.commands() {
            commands.store().close().await;
        }
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The executor of commands; `None` before the database is open.
    pub(crate) fn commands(&self) -> Option<&CommandService> {
        self.0.commands.get()
    }

    /// Whether a change can be saved now, or why not. Publishing can wait, so relay and broker do not count: see
    /// [`App::status`].
    pub(crate) async fn check_ready(&self) -> Result<(), String> {
        if self.0.stopping.load(Ordering::Relaxed) {
            return Err("the service is stopping".to_owned());
        }
        let Some(commands) = self.commands() else {
            return Err(format!("the database: {}", lock(&self.0.database_trouble)));
        };
        in_time(commands.store().check_writable()).await.map_err(|why| format!("the database: {why}"))
    }

    /// The status of the service's parts.
    pub(crate) async fn status(&self) -> Status {
        let ready = self.check_ready().await;
        let relay = lock(&self.0.relay).clone();
        let (state, reason, publisher) = match relay {
            RelayState::Beginning => ("beginning", None, None),
            RelayState::Publishing => ("publishing", None, None),
            RelayState::Trouble(why) => ("trying-again", Some(why), None),
            RelayState::StandingBy(holder) => ("standing-by", None, Some(holder)),
            RelayState::Halted(why) => ("halted", Some(why), None),
        };
        let mut status = Status {
            ready: ready.is_ok(),
            reason: ready.err(),
            relay: RelayStatus { state, reason, publisher },
            pending_records: None,
            oldest_pending: None,
            parked_changes: None,
        };
        if let Some(commands) = self.commands()
            && let Ok((backlog, parked)) = in_time(self.measure(commands.store())).await
        {
            status.pending_records = Some(backlog.records);
            status.oldest_pending = backlog.oldest.map(|oldest| oldest.to_string());
            status.parked_changes = Some(parked);
        }
        status
    }

    /// The metrics as they are now.
    pub(crate) async fn render_metrics(&self, format: ExpositionFormat) -> String {
        if let Some(commands) = self.commands() {
            match in_time(self.measure(commands.store())).await {
                Ok((backlog, parked)) => self.0.metrics.outbox(backlog, parked, Timestamp::now()),
                Err(why) => {
                    tracing::warn!(why, "the outbox cannot be measured");
                    self.0.metrics.no_database();
                }
            }
        }
        self.0.metrics.render(format)
    }

    async fn measure(&self, store: &Store) -> Result<(Backlog, usize), StoreError> {
        store.check_writable().await?;
        Ok((store.outbox().backlog().await?, store.outbox().parked_len().await?))
    }
}

async fn in_time<T>(question: impl Future<Output = Result<T, StoreError>>) -> Result<T, String> {
    match tokio::time::timeout(PING_LIMIT, question).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PING_LIMIT.as_secs())),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
