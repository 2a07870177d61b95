//! Queues of the library, and the events that come through them.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::{self, NonNull};
use std::time::Duration;

use rdkafka::bindings::{
    rd_kafka_event_destroy, rd_kafka_event_error_string, rd_kafka_event_log, rd_kafka_event_t,
    rd_kafka_queue_destroy, rd_kafka_queue_get_consumer, rd_kafka_queue_new, rd_kafka_queue_poll,
    rd_kafka_queue_t, rd_kafka_set_log_queue, rd_kafka_t,
};
use rdkafka::types::RDKafkaRespErr;

use super::error_code::ErrorCode;

/// A reference to a queue of a client. It has to be dropped before the client is.
pub(super) struct Queue(NonNull<rd_kafka_queue_t>);

// SAFETY: the library's queues may be used by any thread.
unsafe impl Send for Queue {}

/// An event that was taken from a queue.
pub(super) struct Event(NonNull<rd_kafka_event_t>);

/// A line that the client logged.
pub(in crate::source::kafka) struct LogLine {
    /// The kind of the line, such as `FAIL`.
    pub(in crate::source::kafka) facility: String,
    pub(in crate::source::kafka) message: String,
}

impl Queue {
    /// A new queue of the client's.
    ///
    /// # Safety
    /// The client is alive, and outlives the queue.
    pub(super) unsafe fn new(client: *mut rd_kafka_t) -> Option<Self> {
        // SAFETY: as the caller vouches for. The queue is ours.
        NonNull::new(unsafe { rd_kafka_queue_new(client) }).map(Self)
    }

    /// A new queue that gets what the client logs from now on.
    ///
    /// # Safety
    /// The client is alive, and outlives the queue.
    pub(super) unsafe fn of_log(client: *mut rd_kafka_t) -> Option<Self> {
        // SAFETY: as the caller vouches for.
        let queue = unsafe { Self::new(client) }?;
        // SAFETY: both are alive. The client takes a reference of its own.
        let outcome = unsafe { rd_kafka_set_log_queue(client, queue.as_ptr()) };
        (outcome == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR).then_some(queue)
    }

    /// The queue that records of all partitions come through; `None` if the client has no group.
    ///
    /// # Safety
    /// The client is alive, and outlives the queue.
    pub(super) unsafe fn of_consumer(client: *mut rd_kafka_t) -> Option<Self> {
        // SAFETY: as the caller vouches for. What is returned is a reference of our own, or null.
        NonNull::new(unsafe { rd_kafka_queue_get_consumer(client) }).map(Self)
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_queue_t {
        self.0.as_ptr()
    }

    /// The next event. Waits for at most `timeout`.
    pub(super) fn poll(&self, timeout: Duration) -> Option<Event> {
        // SAFETY: the queue is alive. What is returned is null, or an event that the caller has to destroy.
        NonNull::new(unsafe { rd_kafka_queue_poll(self.as_ptr(), milliseconds(timeout)) }).map(Event)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and is not used any more.
        unsafe { rd_kafka_queue_destroy(self.as_ptr()) }
    }
}

impl Event {
    pub(super) fn as_ptr(&self) -> *mut rd_kafka_event_t {
        self.0.as_ptr()
    }

    pub(super) fn code(&self) -> ErrorCode {
        // SAFETY: the event is alive.
        unsafe { ErrorCode::of_event(self.as_ptr()) }
    }

    pub(super) fn error_text(&self) -> String {
        // SAFETY: the event is alive, and so is its text, which is null or ends with a zero.
        unsafe { text(rd_kafka_event_error_string(self.as_ptr())) }
    }

    /// What was logged; `None` if this is an event of another kind.
    pub(super) fn log_line(&self) -> Option<LogLine> {
        let (mut facility, mut message, mut level) = (ptr::null(), ptr::null(), 0);
        // SAFETY: the event is alive. What is written are pointers into it and a number, or nothing and -1 is returned.
        let outcome =
            unsafe { rd_kafka_event_log(self.as_ptr(), &raw mut facility, &raw mut message, &raw mut level) };
        // SAFETY: both are null, or texts that end with a zero and live as long as the event.
        (outcome == 0).then(|| unsafe { LogLine { facility: text(facility), message: text(message) } })
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the event is ours, and nothing borrows from it any more.
        unsafe { rd_kafka_event_destroy(self.as_ptr()) }
    }
}

/// A copy of a text of the library's; empty if it is null.
///
/// # Safety
/// The text is null, or alive and ends with a zero.
pub(super) unsafe fn text(start: *const c_char) -> String {
    if start.is_null() {
        return String::new();
    }
    // SAFETY: as the caller vouches for.
    unsafe { CStr::from_ptr(start) }.to_string_lossy().into_owned()
}

/// Milliseconds as the library takes them, rounded up: a wait must not become none.
pub(super) fn milliseconds(duration: Duration) -> c_int {
    c_int::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
}
