//! The relay of a service: begun again when it may be, and standing by when another publishes.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::app::RelayState;
use super::{App, Config, until};
use crate::log::duration_ms;
use crate::relay::{Observe, Reason, Relay, RelayError};
use crate::store::Store;

/// The pauses between two attempts to reach the broker: each is twice as long as the one before.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// Publishes until the service is to stop, whatever happens.
pub(super) async fn publish(app: &App, store: &Store, config: &Config, stopped: watch::Receiver<bool>) {
    let (mut pause, longest) = PAUSES;
    while !*stopped.borrow() {
        let error = tokio::select! {
            begun = Relay::connect(store.clone(), config.cluster.clone()) => match begun {
                Ok(relay) => {
                    pause = PAUSES.0;
                    match relay_until(relay, app, until(stopped.clone())).await {
                        Ok(()) => return,
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            },
            () = until(stopped.clone()) => return,
        };
        let wait = pin!(async {
            match error {
                RelayError::TakenOver => stand_by(app, store, config.standby).await,
                error if error.is_final() => {
                    tracing::error!(%error, "nothing is published until the service is started again");
                    app.relay(RelayState::Halted(error.to_string()));
                    std::future::pending::<()>().await;
                }
                error => {
                    trouble(app, &error);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(longest);
                }
            }
        });
        tokio::select! {
            () = wait => {}
            () = until(stopped.clone()) => return,
        }
    }
}

async fn relay_until(relay: Relay, app: &App, stop: impl Future<Output = ()>) -> Result<(), RelayError> {
    tracing::info!("publishing");
    let mut relay = relay.observed_by(Arc::new(Observer(app.clone())));
    relay.run(stop, |error| trouble(app, error)).await
}

fn trouble(app: &App, error: &RelayError) {
    tracing::warn!(%error, "nothing is published now; trying again");
    app.relay(RelayState::Trouble(error.to_string()));
}

/// Returns when the other is likely to be gone: a change has waited for too long.
async fn stand_by(app: &App, store: &Store, patience: Duration) {
    tracing::warn!("another process publishes the changes of this database; this one stands by");
    app.relay(RelayState::StandingBy);
    loop {
        tokio::time::sleep(patience / 4).await;
        // Only what the other has forgotten is known to be published.
        let oldest = store.backlog(0).await.ok().and_then(|backlog| backlog.oldest);
        let age = oldest.map(|oldest| Timestamp::now().duration_since(oldest));
        if age.is_some_and(|age| age.unsigned_abs() > patience && age.is_positive()) {
            tracing::warn!("changes wait and nobody publishes them; this process does again");
            return;
        }
    }
}

/// From the relay to the metrics and the log.
struct Observer(App);

impl Observe for Observer {
    fn began(&self, position: i64) {
        self.0.metrics().checkpoint(position);
        self.0.relay(RelayState::Publishing);
    }

    fn published(&self, position: i64, records: usize, took: Duration) {
        tracing::debug!(position, records, duration_ms = duration_ms(took), "published");
        self.0.metrics().checkpoint(position);
        self.0.metrics().transaction(records, took);
        self.0.relay(RelayState::Publishing);
    }

    fn caught_up(&self) {
        self.0.relay(RelayState::Publishing);
    }

    fn lost(&self, reason: Reason, error: &RelayError) {
        tracing::warn!(reason = reason.as_str(), %error, "a new Kafka producer is made");
        self.0.metrics().producer_restart(reason);
    }
}
