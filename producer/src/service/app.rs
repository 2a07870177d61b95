//! What the parts of a service know of each other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::metrics::{ExpositionFormat, Metrics};
use super::{Config, Token};
use crate::commands::Producer;
use crate::http::Problem;
use crate::store::{Backlog, Store, StoreError};

/// How long the database may take to say that it is there.
const PING_LIMIT: Duration = Duration::from_secs(2);

/// What the parts of a service know of each other. A clone is a handle to the same.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    token: Option<Token>,
    metrics: Metrics,
    /// Once the database is there.
    producer: OnceLock<Producer>,
    /// Why it is not.
    database_trouble: Mutex<String>,
    relay: Mutex<RelayState>,
    stopping: AtomicBool,
}

/// What the relay does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RelayState {
    /// It is not yet known whether it can publish.
    Beginning,
    Publishing,
    /// It tries again.
    Trouble(String),
    /// Another process publishes.
    StandingBy,
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
    pub fn connected(&self, producer: Producer) {
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
    pub(crate) fn producer(&self) -> Result<&Producer, Problem> {
        let away = || Problem::unavailable("the database cannot be reached; nothing was changed");
        self.0.producer.get().ok_or_else(away)
    }

    /// Whether changes can be made and are published, or why not.
    pub(crate) async fn check_ready(&self) -> Result<(), String> {
        if self.0.stopping.load(Ordering::Relaxed) {
            return Err("the service is stopping".to_owned());
        }
        let Some(producer) = self.0.producer.get() else {
            return Err(format!("the database: {}", lock(&self.0.database_trouble)));
        };
        in_time(producer.store().last_position()).await.map_err(|why| format!("the database: {why}"))?;
        match &*lock(&self.0.relay) {
            RelayState::Publishing | RelayState::StandingBy => Ok(()),
            RelayState::Beginning => Err("the relay has not begun yet".to_owned()),
            RelayState::Trouble(why) => Err(format!("the relay: {why}")),
            RelayState::Halted(why) => Err(format!("the relay has stopped: {why}")),
        }
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
        Ok((store.backlog(self.0.metrics.published()).await?, store.parked_len().await?))
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
