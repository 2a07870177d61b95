//! The worker that calls the handler.

use std::fmt::Display;
use std::sync::Arc;

use tiltak_schema::topic::Topic;

use super::attempt::{self, Called};
use super::shared::{Outcome, Shared, TicketOf};
use crate::events::Event;
use crate::events::core::BackOff;
use crate::events::failure::HandlerFailure;

/// Records that a worker handles before it lets other tasks of the runtime go on: a handler need not wait for anything.
const IN_A_ROW: u32 = 64;

/// Handles one record after the other until the consumer is closed.
pub(crate) async fn work<T, H, F, E>(shared: Arc<Shared<T>>, handler: Arc<H>, back_off: BackOff)
where
    T: Topic,
    H: Fn(Event<T>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let (number, cancel) = shared.add_worker();
    let mut hand = Hand { shared: &shared, number, ticket: None };
    let mut last = None;
    let mut in_a_row = 0;
    loop {
        // Before the look at what is there, so that no call for it is missed.
        let called = shared.ready().notified();
        let is_closed = shared.is_closed();
        let (ticket, received) = match hand.next(last.take().as_ref()) {
            Ok(taken) if !is_closed => taken,
            Ok(_) => return,
            Err(_) if is_closed => return,
            Err(wait) => {
                let _ = tokio::time::timeout(wait, called).await;
                continue;
            }
        };
        let event = Event::received(received, ticket.attempt);
        last = Some(match attempt::call(|| handler(event), &cancel).await {
            Called::Handled => Outcome::Handled,
            Called::Cancelled => Outcome::Abandoned,
            Called::Failed(cause) => {
                let again_in = back_off.after(ticket.attempt, ticket.key);
                let failure = |topic: &str| HandlerFailure {
                    topic: topic.to_owned(),
                    partition: ticket.partition,
                    offset: ticket.offset,
                    key: ticket.key.to_string(),
                    attempts: ticket.attempt,
                    again_in,
                    cause,
                };
                if attempt::guarded(|| shared.tell_failure(failure)).is_none() {
                    tracing::error!(
                        topic = shared.topic,
                        "the callback for failures of the handler panicked"
                    );
                }
                Outcome::Failed(again_in)
            }
        });
        in_a_row += 1;
        if in_a_row >= IN_A_ROW {
            in_a_row = 0;
            tokio::task::yield_now().await;
        }
    }
}

/// The record that a worker has in its hand. If the worker goes, with its runtime, the record is given back.
struct Hand<'a, T: Topic> {
    shared: &'a Shared<T>,
    number: usize,
    ticket: Option<TicketOf<T>>,
}

impl<T: Topic> Hand<'_, T> {
    fn next(
        &mut self,
        last: Option<&Outcome>,
    ) -> Result<(TicketOf<T>, Arc<crate::events::event::Received<T>>), std::time::Duration> {
        let ended = self.ticket.take();
        let taken = self.shared.next(self.number, ended.as_ref().zip(last))?;
        self.ticket = Some(taken.0.clone());
        Ok(taken)
    }
}

impl<T: Topic> Drop for Hand<'_, T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.shared.give_back(self.number, &ticket);
        }
    }
}
