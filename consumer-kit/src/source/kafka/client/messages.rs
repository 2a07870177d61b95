//! Records, many at a time.
//!
//! `BaseConsumer::poll` gives one record and costs several locks, a clock and two allocations;
//! `rd_kafka_consume_batch_queue` gives many for one lock each. It knows records, ends of partitions and errors. Whatever
//! else comes through the queue, the library logs: the reply to a commit would be lost, so nothing here commits.

use std::ptr::NonNull;
use std::slice;
use std::time::Duration;

use rdkafka::bindings::{
    rd_kafka_consume_batch_queue, rd_kafka_message_destroy, rd_kafka_message_t, rd_kafka_message_timestamp,
    rd_kafka_timestamp_type_t,
};
use rdkafka::error::RDKafkaErrorCode as Code;

use super::error_code::ErrorCode;
use super::queue::{Queue, milliseconds};
use crate::source::RecordRef;

/// What comes through the queue of a consumer.
pub(in crate::source::kafka) enum ConsumerEvent<'a> {
    Record(RecordRef<'a>),
    /// There is no more to read for now: every offset before this one is passed, also of control records.
    PartitionEof {
        partition: i32,
        offset: i64,
    },
    /// Something is wrong with a partition or with the client.
    Error(ErrorCode),
}

/// A message of the library's, which belongs to this program. Its bytes are in the buffer that came from the broker.
struct Message(NonNull<rd_kafka_message_t>);

/// Takes up to `most` events. Waits for at most `timeout` until there are so many. Returns how many there were.
///
/// At the end of a partition that was taken so, `BaseConsumer::position` says one more than it is, until a record comes
/// (librdkafka 2.12: what counts the records of a batch counts its end too).
pub(super) fn take(
    queue: &Queue,
    most: usize,
    timeout: Duration,
    mut each: impl FnMut(ConsumerEvent<'_>),
) -> usize {
    let mut messages: Vec<Option<NonNull<rd_kafka_message_t>>> = vec![None; most];
    // SAFETY: the array has room for `most` pointers, and an `Option<NonNull>` is laid out as a pointer is. The function
    // writes at most that many, each to a message that the caller has to destroy. -1 says that it wrote none.
    let count = unsafe {
        rd_kafka_consume_batch_queue(
            queue.as_ptr(),
            milliseconds(timeout),
            messages.as_mut_ptr().cast(),
            messages.len(),
        )
    };
    let count = usize::try_from(count).unwrap_or(0);
    let messages: Vec<Message> = messages.into_iter().take(count).flatten().map(Message).collect();
    for message in &messages {
        each(message.event());
    }
    messages.len()
}

impl Message {
    fn event(&self) -> ConsumerEvent<'_> {
        let raw = self.0.as_ptr();
        // SAFETY: the message is alive for as long as the borrow, and nobody writes to it. No reference is made to the
        // whole of it: its code may be one that the enum of the bindings does not have.
        let (code, partition, offset) =
            unsafe { (ErrorCode::at(&raw const (*raw).err), (*raw).partition, (*raw).offset) };
        if code.is(Code::PartitionEOF) {
            return ConsumerEvent::PartitionEof { partition, offset };
        }
        if code.is_error() {
            return ConsumerEvent::Error(code);
        }
        let mut kind = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: as above, and the kind is written to a variable of that type.
        let timestamp = unsafe { rd_kafka_message_timestamp(raw, &raw mut kind) };
        // SAFETY: as above.
        let (key, value) = unsafe {
            (bytes(self, (*raw).key.cast(), (*raw).key_len), bytes(self, (*raw).payload.cast(), (*raw).len))
        };
        ConsumerEvent::Record(RecordRef { partition, offset, timestamp, key, value })
    }
}

/// Bytes of the message that begin at a pointer; `None` if it is null.
///
/// # Safety
/// The pointer is the message's key or payload, and the length is the one that it says.
unsafe fn bytes(_message: &Message, start: *const u8, len: usize) -> Option<&[u8]> {
    let start = NonNull::new(start.cast_mut())?;
    // SAFETY: as the caller vouches for; the bytes live and do not change until the message is destroyed, and it is borrowed
    // until then.
    Some(unsafe { slice::from_raw_parts(start.as_ptr(), len) })
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: the message is ours, and nothing borrows from it any more.
        unsafe { rd_kafka_message_destroy(self.0.as_ptr()) }
    }
}
