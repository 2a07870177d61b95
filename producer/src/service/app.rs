//! What the parts of a service know of each other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kafka_outbox::Backlog;
use schemars::JsonSchema;
use serde::Serialize;

use super::metrics::{ExpositionFormat, Metrics};
use super::{Config, Token};
use crate::commands::CommandService;
use crate::http::Problem;
use crate::store::{Store, StoreError};

/// How long the database may take to say that it is there.
const PING_LIMIT: Duration = Duration::from_secs(2);

/// What the parts of a service know of each other. A clone is a handle to the same.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    token: Option<Token>,
    metrics: Metrics,
    /// Once the database is there.
    producer: OnceLock<CommandService>,
    /// Why it is not.
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

/// What the relay does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RelayState {
    /// It is not yet known whether it can publish.
    Beginning,
    Publishing,
    /// It tries again.
    Trouble(String),
    /// Another process publishes: this one.
    StandingBy(String),
    /// Somebody has to look.
    Halted(String),
}

impl App {
    /// A service without a database yet.
    pub fn new(config: &Config) -> Self {
        Self(Arc::new(Shared {
            token: config.token.clone(),
            metrics: Metrics::new(),
            producer: OnceLock::new(),
            database_trouble: Mutex::new("it has not answered yet".to_owned()),
            relay: Mutex::new(RelayState::Beginning),
            stopping: AtomicBool::new(false),
        }))
    }

    /// The database is there. It stays the one that was there first.
    pub fn connected(&self, producer: CommandService) {
        // A second one is given up.
        let _ = self.0.producer.set(producer);
    }

    pub(super) fn not_connected(&self, why: String) {
        *lock(&self.0.database_trouble) = why;
    }

    pub(super) fn relay(&self, state: RelayState) {
        self.0.metrics.publishing(state == RelayState::Publishing);
        *lock(&self.0.relay) = state;
    }

    pub(super) fn stopping(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) async fn close(&self) {
        if let Some(producer) = self.0.producer.get() {
            producer.store().close().await;
        }
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The changes.
    pub(crate) fn commands(&self) -> Result<&CommandService, Problem> {
        let away = || Problem::unavailable("the database cannot be reached; nothing was changed");
        self.0.producer.get().ok_or_else(away)
    }

    /// Whether a change can be taken in, or why not. That it is published can wait, so the relay and the broker do not
    /// count: see [`App::status`].
    pub(crate) async fn check_ready(&self) -> Result<(), String> {
        if self.0.stopping.load(Ordering::Relaxed) {
            return Err("the service is stopping".to_owned());
        }
        let Some(producer) = self.0.producer.get() else {
            return Err(format!("the database: {}", lock(&self.0.database_trouble)));
        };
        in_time(producer.store().check_writable()).await.map_err(|why| format!("the database: {why}"))
    }

    /// What the parts of the service do.
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
        if let Some(producer) = self.0.producer.get()
            && let Ok((backlog, parked)) = in_time(self.measure(producer.store())).await
        {
            status.pending_records = Some(backlog.records);
            status.oldest_pending = backlog.oldest.map(|oldest| oldest.to_string());
            status.parked_changes = Some(parked);
        }
        status
    }

    /// The metrics as they are now.
    pub(crate) async fn render_metrics(&self, format: ExpositionFormat) -> String {
        if let Some(producer) = self.0.producer.get() {
            match in_time(self.measure(producer.store())).await {
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
