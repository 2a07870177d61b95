//! Error codes as integers.

use std::ffi::{CStr, c_char, c_int};
use std::fmt;

use rdkafka::bindings::{
    rd_kafka_ConfigResource_t, rd_kafka_error_t, rd_kafka_event_t, rd_kafka_resp_err_t, rd_kafka_t,
};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::types::RDKafkaRespErr;

/// Room for the reason of a fatal error.
const REASON_BYTES: usize = 512;

/// An error code of librdkafka or of Kafka's protocol.
///
/// A broker may send a code that is newer than the bindings. The bindings read codes as a Rust enum, for which any other
/// value is undefined behaviour, so here they are integers until they are known to be a value of the enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::kafka) struct ErrorCode(c_int);

/// The library's functions that return a code, declared with the integer that they return in C.
mod raw {
    use super::{c_char, c_int, rd_kafka_ConfigResource_t, rd_kafka_error_t, rd_kafka_event_t, rd_kafka_t};

    unsafe extern "C" {
        pub(super) fn rd_kafka_event_error(event: *mut rd_kafka_event_t) -> c_int;
        pub(super) fn rd_kafka_error_code(error: *const rd_kafka_error_t) -> c_int;
        pub(super) fn rd_kafka_ConfigResource_error(resource: *const rd_kafka_ConfigResource_t) -> c_int;
        pub(super) fn rd_kafka_fatal_error(client: *mut rd_kafka_t, text: *mut c_char, size: usize) -> c_int;
    }
}

impl ErrorCode {
    /// The code as the bindings know it; `None` if they do not.
    pub(in crate::source::kafka) fn known(self) -> Option<Code> {
        RDKafkaRespErr::try_from(self.0).ok().map(Code::from)
    }

    pub(in crate::source::kafka) fn is(self, code: Code) -> bool {
        self.0 == code as c_int
    }

    pub(super) fn is_error(self) -> bool {
        !self.is(Code::NoError)
    }

    /// The code at this place in memory.
    ///
    /// # Safety
    /// The place holds an initialised C enum, and is not written to meanwhile.
    pub(super) unsafe fn at(place: *const rd_kafka_resp_err_t) -> Self {
        // SAFETY: the enum has the size and alignment of a C `int`, and the caller vouches for the place.
        Self(unsafe { place.cast::<c_int>().read() })
    }

    /// # Safety
    /// The event is alive.
    pub(super) unsafe fn of_event(event: *mut rd_kafka_event_t) -> Self {
        // SAFETY: as the caller vouches for.
        Self(unsafe { raw::rd_kafka_event_error(event) })
    }

    /// # Safety
    /// The error is null, which is no error, or alive.
    pub(super) unsafe fn of_error(error: *const rd_kafka_error_t) -> Self {
        // SAFETY: as the caller vouches for; the function takes null.
        Self(unsafe { raw::rd_kafka_error_code(error) })
    }

    /// # Safety
    /// The resource is alive.
    pub(super) unsafe fn of_resource(resource: *const rd_kafka_ConfigResource_t) -> Self {
        // SAFETY: as the caller vouches for.
        Self(unsafe { raw::rd_kafka_ConfigResource_error(resource) })
    }

    /// The error that the client can never get over, and its reason, if there was one.
    ///
    /// # Safety
    /// The client is alive.
    pub(super) unsafe fn fatal(client: *mut rd_kafka_t) -> Option<(Self, String)> {
        let mut text: [c_char; REASON_BYTES] = [0; REASON_BYTES];
        // SAFETY: the caller vouches for the client, and the text has as much room as is said.
        let code = Self(unsafe { raw::rd_kafka_fatal_error(client, text.as_mut_ptr(), text.len()) });
        // SAFETY: the array was zeroed, and the function ends what it writes with a zero.
        let reason = unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned();
        code.is_error().then_some((code, reason))
    }
}

impl From<Code> for ErrorCode {
    fn from(code: Code) -> Self {
        Self(code as c_int)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some(code) => code.fmt(f),
            None => write!(f, "error code {}, which this client does not know", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_the_bindings_know_is_read_as_theirs() {
        assert_eq!(ErrorCode(29).known(), Some(Code::TopicAuthorizationFailed));
        assert_eq!(ErrorCode(-150).known(), Some(Code::Fatal));
        assert!(ErrorCode(-150).is(Code::Fatal));
    }

    #[test]
    fn a_code_of_a_newer_broker_stays_a_number() {
        let newer: c_int = 30_000;
        // SAFETY: the place is an initialised integer, as a C enum is.
        let code = unsafe { ErrorCode::at((&raw const newer).cast()) };
        assert_eq!((code.known(), code.is_error()), (None, true));
        assert_eq!(code.to_string(), "error code 30000, which this client does not know");
    }
}
