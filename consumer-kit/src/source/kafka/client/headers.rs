//! The headers of a message, also those whose name is not UTF-8: the bindings panic at them.

use std::ffi::CStr;
use std::ptr;
use std::slice;

use rdkafka::bindings::{rd_kafka_header_get_all, rd_kafka_message_headers};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR as NO_ERROR;

/// Name and value of each header, in their order. In a name, U+FFFD stands for what is not UTF-8, as in the Java client.
pub(crate) fn headers(message: &BorrowedMessage<'_>) -> Vec<(String, Option<Vec<u8>>)> {
    let mut all = ptr::null_mut();
    // SAFETY: the message is alive, and keeps the headers that the variable then points to.
    if unsafe { rd_kafka_message_headers(message.ptr(), &raw mut all) } != NO_ERROR {
        return Vec::new();
    }
    let header = |index| {
        let (mut name, mut value, mut len) = (ptr::null(), ptr::null(), 0);
        // SAFETY: the headers are alive as long as the message, and what is written are variables of those types.
        let answer =
            unsafe { rd_kafka_header_get_all(all, index, &raw mut name, &raw mut value, &raw mut len) };
        if answer != NO_ERROR {
            return None;
        }
        // SAFETY: the name ends with a zero, and the value is null or has that length. Both live as long as the message.
        Some(unsafe {
            let name = CStr::from_ptr(name).to_string_lossy().into_owned();
            (name, (!value.is_null()).then(|| slice::from_raw_parts(value.cast::<u8>(), len).to_vec()))
        })
    };
    (0..).map_while(header).collect()
}
