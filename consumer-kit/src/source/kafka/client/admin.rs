//! Requests about a topic. Each is answered through a queue of its own, so one may be waited for or looked at later.
//!
//! The safe `AdminClient` of the crate knows neither `DescribeTopics` nor `ListOffsets`, needs a client of its own, and
//! waits for whatever has not been answered when it is dropped. These go over the connections of the reader's client,
//! and a request whose queue is dropped is forgotten.

use std::collections::BTreeMap;
use std::ffi::{CString, c_int};
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

use rdkafka::bindings::{
    rd_kafka_AclOperation_t, rd_kafka_AdminOptions_destroy, rd_kafka_AdminOptions_new,
    rd_kafka_AdminOptions_set_broker, rd_kafka_AdminOptions_set_include_authorized_operations,
    rd_kafka_AdminOptions_set_isolation_level, rd_kafka_AdminOptions_set_request_timeout,
    rd_kafka_AdminOptions_t, rd_kafka_ConfigEntry_name, rd_kafka_ConfigEntry_value,
    rd_kafka_ConfigResource_configs, rd_kafka_ConfigResource_destroy, rd_kafka_ConfigResource_error_string,
    rd_kafka_ConfigResource_new, rd_kafka_DescribeConfigs, rd_kafka_DescribeConfigs_result_resources,
    rd_kafka_DescribeTopics, rd_kafka_DescribeTopics_result_topics, rd_kafka_IsolationLevel_t,
    rd_kafka_ListOffsets, rd_kafka_ListOffsets_result_infos, rd_kafka_ListOffsetsResultInfo_topic_partition,
    rd_kafka_Node_id, rd_kafka_ResourceType_t, rd_kafka_TopicCollection_destroy,
    rd_kafka_TopicCollection_of_topic_names, rd_kafka_TopicDescription_authorized_operations,
    rd_kafka_TopicDescription_error, rd_kafka_TopicDescription_partitions,
    rd_kafka_TopicDescription_topic_id, rd_kafka_TopicPartitionInfo_leader,
    rd_kafka_TopicPartitionInfo_partition, rd_kafka_Uuid_base64str, rd_kafka_Uuid_least_significant_bits,
    rd_kafka_Uuid_most_significant_bits, rd_kafka_admin_op_t, rd_kafka_error_destroy, rd_kafka_error_string,
    rd_kafka_event_DescribeConfigs_result, rd_kafka_event_DescribeTopics_result,
    rd_kafka_event_ListOffsets_result, rd_kafka_t,
};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::{Offset, TopicPartitionList};

use super::error_code::ErrorCode;
use super::queue::{Event, Queue, milliseconds, text};

/// The library answers a request that has timed out by itself. Should it be late, it is waited for so much longer.
const GRACE: Duration = Duration::from_millis(100);

/// Why a request has no answer, or what the brokers answered instead.
#[derive(Debug, Clone)]
pub(in crate::source::kafka) struct RequestError {
    pub(in crate::source::kafka) code: ErrorCode,
    /// In the library's words.
    pub(in crate::source::kafka) reason: String,
}

/// A topic as the brokers describe it, which the metadata cache of the client has no part in.
#[derive(Debug)]
pub(in crate::source::kafka) struct TopicMetadata {
    /// The topic's id in base64; `None` if the brokers do not tell it (before Kafka 2.8).
    pub(in crate::source::kafka) id: Option<String>,
    /// The partitions, and the broker that leads each, if one does.
    pub(in crate::source::kafka) partitions: BTreeMap<i32, Option<i32>>,
    /// Whether this client has the right to read; `None` if the brokers do not tell it (before Kafka 2.3).
    pub(in crate::source::kafka) may_read: Option<bool>,
}

/// Which offset of a log to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source::kafka) enum OffsetSpec {
    LogStart,
    LastStableOffset,
    HighWatermark,
}

/// The offset of each partition, or why it is not known.
pub(in crate::source::kafka) type Offsets = BTreeMap<i32, Result<i64, ErrorCode>>;

/// A request that was sent, and how its answer is read.
pub(super) struct Pending<T> {
    queue: Queue,
    timeout: Duration,
    read: fn(&Event) -> Result<T, RequestError>,
}

impl<T> Pending<T> {
    /// The answer.
    pub(super) fn wait(&self) -> Result<T, RequestError> {
        self.poll(self.timeout + GRACE).unwrap_or_else(|| Err(Code::OperationTimedOut.into()))
    }

    /// The answer, if it is there by now.
    pub(super) fn now(&self) -> Option<Result<T, RequestError>> {
        self.poll(Duration::ZERO)
    }

    fn poll(&self, timeout: Duration) -> Option<Result<T, RequestError>> {
        let event = self.queue.poll(timeout)?;
        let code = event.code();
        Some(if code.is_error() {
            Err(RequestError { code, reason: event.error_text() })
        } else {
            (self.read)(&event)
        })
    }
}

impl From<Code> for RequestError {
    fn from(code: Code) -> Self {
        Self { code: code.into(), reason: code.to_string() }
    }
}

/// Asks a broker for the topic's id, partitions and rights.
///
/// # Safety
/// The client is alive, and outlives what is returned.
pub(super) unsafe fn describe_topic(
    client: *mut rd_kafka_t,
    broker: i32,
    topic: &str,
    timeout: Duration,
) -> Result<Pending<TopicMetadata>, RequestError> {
    let name = CString::new(topic).map_err(|_| Code::InvalidTopic)?;
    // SAFETY: as the caller vouches for, here and below.
    let queue = unsafe { Queue::new(client) }.ok_or(Code::Fail)?;
    let options =
        unsafe { Options::new(client, rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout) }?;
    options.broker(broker);
    options.include_authorized_operations()?;
    let mut names = [name.as_ptr()];
    // SAFETY: the names are copied, the collection is ours and destroyed after its last use, and the library copies what
    // it needs of it and of the options.
    unsafe {
        let topics = rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
        rd_kafka_DescribeTopics(client, topics, options.0.as_ptr(), queue.as_ptr());
        rd_kafka_TopicCollection_destroy(topics);
    }
    Ok(Pending { queue, timeout, read: topic_metadata })
}

/// Asks for an offset of each partition.
///
/// # Safety
/// The client is alive, and outlives what is returned.
pub(super) unsafe fn list_offsets(
    client: *mut rd_kafka_t,
    topic: &str,
    partitions: impl Iterator<Item = i32>,
    spec: OffsetSpec,
    timeout: Duration,
) -> Result<Pending<Offsets>, RequestError> {
    let mut list = TopicPartitionList::new();
    let offset = if spec == OffsetSpec::LogStart { Offset::Beginning } else { Offset::End };
    for partition in partitions {
        list.add_partition_offset(topic, partition, offset).map_err(|_| Code::InvalidArgument)?;
    }
    // SAFETY: as the caller vouches for, here and below.
    let queue = unsafe { Queue::new(client) }.ok_or(Code::Fail)?;
    let options =
        unsafe { Options::new(client, rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS, timeout) }?;
    if spec == OffsetSpec::LastStableOffset {
        options.read_committed()?;
    }
    // SAFETY: all are alive, and the library copies the list and the options.
    unsafe { rd_kafka_ListOffsets(client, list.ptr(), options.0.as_ptr(), queue.as_ptr()) }
    Ok(Pending { queue, timeout, read: offsets })
}

/// Asks a broker for the settings of a topic, by name.
///
/// # Safety
/// The client is alive, and outlives what is returned.
pub(super) unsafe fn describe_configs(
    client: *mut rd_kafka_t,
    broker: i32,
    topic: &str,
    timeout: Duration,
) -> Result<Pending<BTreeMap<String, String>>, RequestError> {
    let name = CString::new(topic).map_err(|_| Code::InvalidTopic)?;
    // SAFETY: as the caller vouches for, here and below.
    let queue = unsafe { Queue::new(client) }.ok_or(Code::Fail)?;
    let options =
        unsafe { Options::new(client, rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout) }?;
    options.broker(broker);
    // SAFETY: the name is copied. The resource is ours and destroyed after its last use, and the library copies what it
    // needs of it and of the options.
    unsafe {
        let resource =
            rd_kafka_ConfigResource_new(rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, name.as_ptr());
        let mut resources = [resource];
        rd_kafka_DescribeConfigs(
            client,
            resources.as_mut_ptr(),
            resources.len(),
            options.0.as_ptr(),
            queue.as_ptr(),
        );
        rd_kafka_ConfigResource_destroy(resource);
    }
    Ok(Pending { queue, timeout, read: configs })
}

/// Options of a request.
struct Options(NonNull<rd_kafka_AdminOptions_t>);

impl Options {
    /// # Safety
    /// The client is alive.
    unsafe fn new(
        client: *mut rd_kafka_t,
        request: rd_kafka_admin_op_t,
        timeout: Duration,
    ) -> Result<Self, RequestError> {
        // SAFETY: as the caller vouches for. The options are ours.
        let options = unsafe { rd_kafka_AdminOptions_new(client, request) };
        let options = NonNull::new(options).map(Self).ok_or(Code::Fail)?;
        // SAFETY: the options are alive, and no text is asked for.
        let _ = unsafe {
            rd_kafka_AdminOptions_set_request_timeout(
                options.0.as_ptr(),
                milliseconds(timeout),
                ptr::null_mut(),
                0,
            )
        };
        Ok(options)
    }

    /// The broker to ask. The library's default is the controller, which the mock cluster does not have.
    fn broker(&self, broker: i32) {
        // SAFETY: the options are alive, and no text is asked for.
        let _ = unsafe { rd_kafka_AdminOptions_set_broker(self.0.as_ptr(), broker, ptr::null_mut(), 0) };
    }

    fn include_authorized_operations(&self) -> Result<(), RequestError> {
        // SAFETY: the options are alive.
        accepted(unsafe { rd_kafka_AdminOptions_set_include_authorized_operations(self.0.as_ptr(), 1) })
    }

    fn read_committed(&self) -> Result<(), RequestError> {
        let level = rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED;
        // SAFETY: the options are alive.
        accepted(unsafe { rd_kafka_AdminOptions_set_isolation_level(self.0.as_ptr(), level) })
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: the options are ours, and are not used any more.
        unsafe { rd_kafka_AdminOptions_destroy(self.0.as_ptr()) }
    }
}

/// Takes an error that a function has returned, which is null if there is none.
fn accepted(error: *mut rdkafka::bindings::rd_kafka_error_t) -> Result<(), RequestError> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the error is ours and alive, and is destroyed after its last use.
    unsafe {
        let failure =
            RequestError { code: ErrorCode::of_error(error), reason: text(rd_kafka_error_string(error)) };
        rd_kafka_error_destroy(error);
        Err(failure)
    }
}

fn topic_metadata(event: &Event) -> Result<TopicMetadata, RequestError> {
    // SAFETY: the event is alive for as long as everything that is read of it here, and all of it is the library's and
    // not written to, but for the text of the id, which only this thread asks for.
    unsafe {
        let result = rd_kafka_event_DescribeTopics_result(event.as_ptr());
        let topics = elements(event, result, |count| rd_kafka_DescribeTopics_result_topics(result, count));
        let topic =
            topics.first().copied().filter(|it| !it.is_null()).ok_or(Code::UnknownTopicOrPartition)?;
        let error = rd_kafka_TopicDescription_error(topic);
        if !error.is_null() {
            let (code, reason) = (ErrorCode::of_error(error), text(rd_kafka_error_string(error)));
            return Err(RequestError { code, reason });
        }
        let id = rd_kafka_TopicDescription_topic_id(topic);
        let is_told =
            rd_kafka_Uuid_most_significant_bits(id) != 0 || rd_kafka_Uuid_least_significant_bits(id) != 0;
        let partitions = elements(event, topic, |count| rd_kafka_TopicDescription_partitions(topic, count));
        let partitions = partitions.iter().map(|&it| {
            let partition = rd_kafka_TopicPartitionInfo_partition(it);
            let leader = rd_kafka_TopicPartitionInfo_leader(it);
            (partition, (!leader.is_null()).then(|| rd_kafka_Node_id(leader)))
        });
        Ok(TopicMetadata {
            id: is_told.then(|| text(rd_kafka_Uuid_base64str(id)).trim_end_matches('=').to_owned()),
            partitions: partitions.collect(),
            may_read: may_read(topic),
        })
    }
}

/// Whether the operations that this client has a right to include that to read.
///
/// # Safety
/// The description is alive.
unsafe fn may_read(topic: *const rdkafka::bindings::rd_kafka_TopicDescription_t) -> Option<bool> {
    let mut count = 0;
    // SAFETY: as the caller vouches for. The operations are so many C enums, which a broker may send others of than the
    // bindings know, so they are read as integers.
    let operations = unsafe {
        let start = rd_kafka_TopicDescription_authorized_operations(topic, &raw mut count).cast::<c_int>();
        if start.is_null() { &[] } else { slice::from_raw_parts(start, count) }
    };
    let read = rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_READ as c_int;
    // Who has no right at all is told so by an error, so none are none that were told.
    (!operations.is_empty()).then(|| operations.contains(&read))
}

#[expect(clippy::unnecessary_wraps, reason = "as the other answers are read")]
fn offsets(event: &Event) -> Result<Offsets, RequestError> {
    // SAFETY: the event is alive for as long as everything that is read of it here, and all of it is the library's and
    // not written to.
    unsafe {
        let result = rd_kafka_event_ListOffsets_result(event.as_ptr());
        let infos = elements(event, result, |count| rd_kafka_ListOffsets_result_infos(result, count));
        let offsets = infos.iter().map(|&info| {
            let element = rd_kafka_ListOffsetsResultInfo_topic_partition(info);
            let code = ErrorCode::at(&raw const (*element).err);
            let (partition, offset) = ((*element).partition, (*element).offset);
            // Where the request to a leader has failed as a whole, there is neither an error nor an offset.
            let failed = if code.is_error() { code } else { Code::OperationTimedOut.into() };
            (partition, (!code.is_error() && offset >= 0).then_some(offset).ok_or(failed))
        });
        Ok(offsets.collect())
    }
}

fn configs(event: &Event) -> Result<BTreeMap<String, String>, RequestError> {
    // SAFETY: the event is alive for as long as everything that is read of it here, and all of it is the library's and
    // not written to.
    unsafe {
        let result = rd_kafka_event_DescribeConfigs_result(event.as_ptr());
        let resources =
            elements(event, result, |count| rd_kafka_DescribeConfigs_result_resources(result, count));
        let resource = resources.first().copied().filter(|it| !it.is_null()).ok_or(Code::Fail)?;
        let code = ErrorCode::of_resource(resource);
        if code.is_error() {
            return Err(RequestError { code, reason: text(rd_kafka_ConfigResource_error_string(resource)) });
        }
        let entries = elements(event, resource, |count| rd_kafka_ConfigResource_configs(resource, count));
        let entries = entries
            .iter()
            .map(|&entry| (text(rd_kafka_ConfigEntry_name(entry)), text(rd_kafka_ConfigEntry_value(entry))));
        Ok(entries.collect())
    }
}

/// The elements of an array of the event's; none if there is nothing that holds it.
///
/// # Safety
/// The function returns null, or as many pointers as it writes to its argument, which live as long as the event.
unsafe fn elements<H, E>(
    _event: &Event,
    holder: *const H,
    array: impl FnOnce(*mut usize) -> *mut *const E,
) -> &[*const E] {
    if holder.is_null() {
        return &[];
    }
    let mut count = 0;
    let start = array(&raw mut count);
    // SAFETY: as the caller vouches for.
    if start.is_null() { &[] } else { unsafe { slice::from_raw_parts(start, count) } }
}
