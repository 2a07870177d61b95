//! Standing by: one process publishes, others wait to take over.

use std::time::{Duration, Instant};

use kafka_outbox::{LeaseWatch, Outbox};

/// How often is looked whether the other still publishes.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long the database may take to say who publishes, with the time to get a connection.
const ANSWER: Duration = Duration::from_secs(15);

/// Returns when no other process publishes, or the lease of one that did was not renewed for `takeover_after`. `told`
/// gets the name of each process that publishes, once.
pub async fn until_free(outbox: &Outbox, takeover_after: Duration, mut told: impl FnMut(&str)) {
    let mut watch = LeaseWatch::new(Instant::now());
    let mut known = None;
    loop {
        match tokio::time::timeout(ANSWER, outbox.lease()).await {
            Err(_) => watch = LeaseWatch::new(Instant::now()),
            Ok(Ok(status)) => match (watch.observe(&status, Instant::now()), status.holder) {
                (Some(silence), _) if silence >= takeover_after => return,
                (Some(_), Some(holder)) => {
                    if known.as_ref() != Some(&holder) {
                        told(&holder);
                        known = Some(holder);
                    }
                }
                _ => return,
            },
            // A relay cannot say that it is there while the database is away.
            Ok(Err(error)) => {
                tracing::debug!(%error, "it is not known whether another process publishes");
                watch = LeaseWatch::new(Instant::now());
            }
        }
        tokio::time::sleep(INTERVAL.min(takeover_after / 4)).await;
    }
}
