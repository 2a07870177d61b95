//! What waits in the client, taken many records at a time.
//!
//! `BaseConsumer::poll` gives one record and costs several locks, a clock and two allocations; librdkafka's
//! `rd_kafka_consume_batch_queue` gives many for one lock each. It knows no events, and would print the log that comes
//! among them, so the log gets a queue of its own. The crate has no safe form of either, so they are here, and nothing
//! else that is unsafe.
#![expect(unsafe_code, reason = "the library's functions have no safe form; see each block")]

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{self, NonNull};
use std::time::Duration;
use std::{iter, slice};

use rdkafka::bindings::{
    rd_kafka_consume_batch_queue, rd_kafka_event_destroy, rd_kafka_event_log, rd_kafka_event_t,
    rd_kafka_message_destroy, rd_kafka_message_t, rd_kafka_message_timestamp, rd_kafka_queue_destroy,
    rd_kafka_queue_get_consumer, rd_kafka_queue_new, rd_kafka_queue_poll, rd_kafka_queue_t,
    rd_kafka_set_log_queue, rd_kafka_timestamp_type_t,
};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;

use crate::source::RecordRef;

/// What the client tells a reader.
pub(super) enum Told<'a> {
    Record(RecordRef<'a>),
    /// There is no more to read for now: every offset before this one is passed, also of control records.
    End {
        partition: i32,
        offset: i64,
    },
    /// Something is wrong with a partition.
    Failed(KafkaError),
}

/// Takes up to `most` records, ends of partitions and errors; waits for at most `limit` until there are so many. Whatever
/// else comes in between, the library logs. Returns how many there were.
///
/// At the end of a partition that was taken so, `BaseConsumer::position` says one more than it is, until a record comes
/// (librdkafka 2.12: what counts the records of a batch counts its end too).
pub(super) fn take<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    most: usize,
    limit: Duration,
    mut each: impl FnMut(Told<'_>),
) -> usize {
    let messages = Messages::take(consumer, most, limit);
    for message in &messages.0 {
        each(read(message));
    }
    messages.0.len()
}

/// Messages that belong to this program now. Their bytes are in the buffers that came from the broker.
struct Messages(Vec<Message>);

/// A message of librdkafka's, alive for as long as this is.
struct Message(NonNull<rd_kafka_message_t>);

/// A queue of a client's, or rather a reference to one.
pub(super) struct Queue(NonNull<rd_kafka_queue_t>);

// SAFETY: the library's queues may be used by any thread.
unsafe impl Send for Queue {}

/// A queue that gets what the client logs from now on.
pub(super) fn log_of<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Option<Queue> {
    let client = consumer.client().native_ptr();
    // SAFETY: the client lives for as long as the consumer that is borrowed here. The queue is new, and ours.
    let queue = NonNull::new(unsafe { rd_kafka_queue_new(client) }).map(Queue)?;
    // SAFETY: both are alive. The client takes a reference of its own.
    let outcome = unsafe { rd_kafka_set_log_queue(client, queue.0.as_ptr()) };
    (outcome == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).then_some(queue)
}

impl Queue {
    /// What was logged since it was last asked: of which kind, and what it says.
    pub(super) fn lines(&self) -> impl Iterator<Item = (String, String)> {
        iter::from_fn(|| {
            // SAFETY: the queue is alive; what is returned is null, or an event that the caller has to destroy.
            let event = unsafe { rd_kafka_queue_poll(self.0.as_ptr(), 0) };
            let event = NonNull::new(event).map(LogEvent)?;
            let (mut kind, mut message, mut level) = (ptr::null(), ptr::null(), 0);
            // SAFETY: the event is alive, and what is written are pointers into it and a number. It says -1, and writes
            // nothing, for an event of another kind.
            let outcome = unsafe {
                rd_kafka_event_log(event.0.as_ptr(), &raw mut kind, &raw mut message, &raw mut level)
            };
            let text = |start: *const c_char| {
                if outcome != 0 || start.is_null() {
                    return String::new();
                }
                // SAFETY: a text that ends with a zero, and lives as long as the event.
                unsafe { CStr::from_ptr(start) }.to_string_lossy().into_owned()
            };
            Some((text(kind), text(message)))
        })
    }
}

struct LogEvent(NonNull<rd_kafka_event_t>);

impl Drop for LogEvent {
    fn drop(&mut self) {
        // SAFETY: the event is ours, and nothing borrows from it any more.
        unsafe { rd_kafka_event_destroy(self.0.as_ptr()) }
    }
}

impl Messages {
    fn take<C: ConsumerContext>(consumer: &BaseConsumer<C>, most: usize, limit: Duration) -> Self {
        // SAFETY: the client lives for as long as the consumer that is borrowed here. What is returned is a reference of
        // our own to its queue, given back by `Queue::drop`, or null if it has none.
        let queue = unsafe { rd_kafka_queue_get_consumer(consumer.client().native_ptr()) };
        let Some(queue) = NonNull::new(queue).map(Queue) else { return Self(Vec::new()) };
        let mut messages: Vec<Option<NonNull<rd_kafka_message_t>>> = vec![None; most];
        let limit = c_int::try_from(limit.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the array has room for `most` pointers, and an `Option<NonNull>` is laid out as a pointer is. The
        // function writes at most that many, each to a message that the caller has to destroy. -1 says that it wrote none.
        let count = unsafe {
            rd_kafka_consume_batch_queue(
                queue.0.as_ptr(),
                limit,
                messages.as_mut_ptr().cast(),
                messages.len(),
            )
        };
        let count = usize::try_from(count).unwrap_or(0);
        Self(messages.into_iter().take(count).flatten().map(Message).collect())
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: the message is ours, and nothing borrows from it any more.
        unsafe { rd_kafka_message_destroy(self.0.as_ptr()) }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and is not used any more.
        unsafe { rd_kafka_queue_destroy(self.0.as_ptr()) }
    }
}

fn read(message: &Message) -> Told<'_> {
    // SAFETY: the message is alive for as long as the borrow, and nobody writes to it.
    let raw = unsafe { message.0.as_ref() };
    let (partition, offset) = (raw.partition, raw.offset);
    match raw.err {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => {}
        RDKafkaRespErr::RD_KAFKA_RESP_ERR__PARTITION_EOF => return Told::End { partition, offset },
        error => return Told::Failed(KafkaError::MessageConsumption(RDKafkaErrorCode::from(error))),
    }
    let mut kind = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    // SAFETY: the message is alive, and the kind is written to a variable of that type.
    let timestamp = unsafe { rd_kafka_message_timestamp(message.0.as_ptr(), &raw mut kind) };
    Told::Record(RecordRef {
        partition,
        offset,
        timestamp,
        key: bytes(message, raw.key.cast(), raw.key_len),
        value: bytes(message, raw.payload.cast(), raw.len),
    })
}

/// Bytes of a message that begin at a pointer; `None` if it is null.
fn bytes(_message: &Message, start: *const u8, len: usize) -> Option<&[u8]> {
    let start = NonNull::new(start.cast_mut())?;
    // SAFETY: key and payload of a message point to as many bytes as it says, which live and do not change until the
    // message is destroyed, and it is borrowed until then.
    Some(unsafe { slice::from_raw_parts(start.as_ptr(), len) })
}
