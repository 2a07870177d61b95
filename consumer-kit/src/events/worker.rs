//! Calls the handler.

use std::fmt::Display;
use std::sync::Arc;

use tiltak_schema::topic::Topic;

use super::Event;
use super::back_off::BackOff;
use super::shared::Shared;

/// Handles one record after the other until the consumer is closed. Each call is a task of its own, so that one that
/// panics or has to end takes nothing along.
pub(crate) async fn work<T, H, F, E>(shared: Arc<Shared<T>>, handler: Arc<H>, back_off: BackOff)
where
    T: Topic,
    H: Fn(Event<T>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    while !shared.is_closed() {
        // Before the look at what is there, so that no call for it is missed.
        let called = shared.ready().notified();
        let (ticket, received) = match shared.take() {
            Ok(taken) => taken,
            Err(wait) if shared.is_closed() || wait.is_zero() => continue,
            Err(wait) => {
                let _ = tokio::time::timeout(wait, called).await;
                continue;
            }
        };
        let event = Event::new(received, ticket.attempt);
        let handler = Arc::clone(&handler);
        let task = tokio::spawn(async move { handler(event).await });
        shared.running(&ticket, task.abort_handle());
        let cause = match task.await {
            Ok(Ok(())) => {
                shared.done(&ticket);
                continue;
            }
            Ok(Err(cause)) => cause.to_string(),
            Err(ended) if ended.is_panic() => "a panic".to_owned(),
            Err(_) => {
                shared.abandoned(&ticket);
                continue;
            }
        };
        shared.failed(&ticket, back_off.after(ticket.attempt, &ticket.key), cause);
    }
}
