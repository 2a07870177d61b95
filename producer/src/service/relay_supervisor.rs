//! The relay of a service: started again after a failure, and standing by while another process publishes.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use kafka_outbox::{PublishedBatch, RelayObserver, RestartReason};
use tokio::sync::watch;

use super::{Config, until};
use crate::app::{App, RelayState};
use crate::kafka::Cluster;
use crate::log::duration_ms;
use crate::publish::record_limit;
use crate::relay::{Relay, RelayError, until_free};
use crate::store::Store;

/// The pauses between two attempts to reach the broker: each is twice as long as the one before.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// Publishes until the service is to stop, whatever happens.
pub(super) async fn publish(app: &App, store: &Store, config: &Config, stopped: watch::Receiver<bool>) {
    // Also one that stands by takes changes in.
    let learning = tokio::spawn(learn_record_limits(config.cluster.clone()));
    Box::pin(publish_until(app, store, config, stopped)).await;
    learning.abort();
}

async fn publish_until(app: &App, store: &Store, config: &Config, stopped: watch::Receiver<bool>) {
    let (mut pause, longest) = PAUSES;
    while !*stopped.borrow() {
        let begun = async {
            stand_by(app, store, config.takeover_after).await;
            Relay::connect(store.clone(), config.cluster.clone()).await
        };
        let error = tokio::select! {
            begun = begun => match begun {
                Ok(relay) => {
                    pause = PAUSES.0;
                    tokio::spawn(learn_record_limits(config.cluster.clone()));
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
            if error.is_taken_over() {
                tracing::warn!("another process has begun to publish the changes of this database");
            } else if error.is_final() {
                tracing::error!(%error, "nothing is published until the service is started again");
                app.relay(RelayState::Halted(error.to_string()));
                std::future::pending::<()>().await;
            } else {
                trouble(app, &error);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        });
        tokio::select! {
            () = wait => {}
            () = until(stopped.clone()) => return,
        }
    }
}

/// What the topics take, so that a change with a larger record is refused before it is made. That it is not known stops
/// nothing: a record that the broker refuses is parked.
async fn learn_record_limits(cluster: Cluster) {
    let limits = loop {
        match cluster.topic_setting(record_limit::MAX_MESSAGE_BYTES).await {
            Ok(limits) => break limits,
            Err(error) => tracing::debug!(%error, "what the topics take is not known yet"),
        }
        tokio::time::sleep(PAUSES.1).await;
    };
    for (topic, limit) in limits {
        match limit.map(|bytes| bytes.parse()) {
            Ok(Ok(bytes)) => record_limit::learn(topic, bytes),
            Ok(Err(_)) => {}
            Err(error) => tracing::warn!(
                topic,
                %error,
                "how large a record this topic takes is not known; a change with a larger one is not refused, but parked"
            ),
        }
    }
}

async fn relay_until(relay: Relay, app: &App, stop: impl Future<Output = ()>) -> Result<(), RelayError> {
    tracing::info!("publishing");
    app.relay(RelayState::Publishing);
    let mut relay = relay.observed_by(Arc::new(Observer(app.clone())));
    relay.run(stop, |error| trouble(app, error)).await?;
    relay.close().await
}

fn trouble(app: &App, error: &dyn std::error::Error) {
    tracing::warn!(%error, "nothing is published now; trying again");
    app.relay(RelayState::Trouble(error.to_string()));
}

/// Returns when nobody else publishes.
async fn stand_by(app: &App, store: &Store, takeover_after: Duration) {
    until_free(store.outbox(), takeover_after, |holder| {
        let seconds = takeover_after.as_secs();
        tracing::info!(
            holder,
            seconds,
            "another process publishes the changes of this database; this one stands by, and takes over when nothing was \
             heard of it for so many seconds"
        );
        app.relay(RelayState::StandingBy(holder.to_owned()));
    })
    .await;
    if let Ok(Some(holder)) = store.outbox().lease().await.map(|lease| lease.holder) {
        let seconds = takeover_after.as_secs();
        tracing::warn!(
            holder,
            seconds,
            "nothing was heard of the process that published for so many seconds; this one takes over"
        );
    }
}

/// From the relay to the metrics and the log.
struct Observer(App);

impl RelayObserver for Observer {
    fn began(&self, sequence: i64) {
        self.0.metrics().checkpoint(sequence);
        self.0.relay(RelayState::Publishing);
    }

    fn published(&self, batch: &PublishedBatch) {
        let PublishedBatch { sequence, records, transaction, ref waits } = *batch;
        tracing::debug!(sequence, records, duration_ms = duration_ms(transaction), "published");
        self.0.metrics().checkpoint(sequence);
        self.0.metrics().transaction(records, transaction);
        for wait in waits {
            self.0.metrics().commit_to_visible(*wait);
        }
        self.0.relay(RelayState::Publishing);
    }

    fn caught_up(&self) {
        self.0.relay(RelayState::Publishing);
    }

    fn restarted(&self, reason: RestartReason, error: &kafka_outbox::RelayError) {
        tracing::warn!(reason = reason.as_str(), %error, "a new Kafka producer is made");
        self.0.metrics().producer_restart(reason);
    }
}
