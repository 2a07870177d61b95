//! Events on their way from the polling thread to the applying thread.

/// Bytes from which on a batch is full.
const FULL_BYTES: usize = 1 << 20;
/// Events from which on a batch is full.
const FULL_EVENTS: usize = 8_192;

/// Events in the order in which they came, with their bytes in one buffer.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    items: Vec<Item>,
}

#[derive(Debug, Clone, Copy)]
enum Item {
    Record { partition: i32, offset: i64, timestamp: i64, key: Option<Span>, value: Option<Span> },
    PositionAdvanced { partition: i32, offset: i64 },
    PartitionEof { partition: i32 },
    OffsetOutOfRange { partition: i32 },
    Unauthorized,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

/// An event that a poll returns to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollEvent<'a> {
    /// A record.
    Record(RecordRef<'a>),
    /// No further record before this offset will come: control records and emptied batches were passed.
    PositionAdvanced {
        /// The partition.
        partition: i32,
        /// The next offset.
        offset: i64,
    },
    /// The partition has nothing more to read for now. A source that knows the offset of the end sends a
    /// [`PollEvent::PositionAdvanced`] first. The event may be older than anything that was asked of the source since
    /// its last assignment.
    PartitionEof {
        /// The partition.
        partition: i32,
    },
    /// The position is outside of the log: compare it with the watermarks.
    OffsetOutOfRange {
        /// The partition.
        partition: i32,
    },
    /// The broker refuses to return records: the right to read the topic was taken away.
    Unauthorized,
}

/// A record, its bytes borrowed from the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970, as the producer or the broker set it; -1 if there is none.
    pub timestamp: i64,
    /// The record key; `None` if there is none. An empty key is not the same.
    pub key: Option<&'a [u8]>,
    /// The record value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
}

impl Batch {
    /// Adds an event. The bytes are copied.
    pub fn push(&mut self, event: PollEvent<'_>) {
        let item = match event {
            PollEvent::Record(record) => Item::Record {
                partition: record.partition,
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key.map(|key| self.copy(key)),
                value: record.value.map(|value| self.copy(value)),
            },
            PollEvent::PositionAdvanced { partition, offset } => Item::PositionAdvanced { partition, offset },
            PollEvent::PartitionEof { partition } => Item::PartitionEof { partition },
            PollEvent::OffsetOutOfRange { partition } => Item::OffsetOutOfRange { partition },
            PollEvent::Unauthorized => Item::Unauthorized,
        };
        self.items.push(item);
    }

    /// Removes all events. The memory is kept, unless a large record has made it much.
    pub(crate) fn clear(&mut self) {
        if self.bytes.capacity() > 2 * FULL_BYTES {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.items.clear();
    }

    fn copy(&mut self, bytes: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Span { start, end: self.bytes.len() }
    }

    /// The events, in their order.
    pub fn events(&self) -> impl Iterator<Item = PollEvent<'_>> {
        self.items.iter().map(|item| match *item {
            Item::Record { partition, offset, timestamp, key, value } => PollEvent::Record(RecordRef {
                partition,
                offset,
                timestamp,
                key: key.map(|key| self.bytes(key)),
                value: value.map(|value| self.bytes(value)),
            }),
            Item::PositionAdvanced { partition, offset } => PollEvent::PositionAdvanced { partition, offset },
            Item::PartitionEof { partition } => PollEvent::PartitionEof { partition },
            Item::OffsetOutOfRange { partition } => PollEvent::OffsetOutOfRange { partition },
            Item::Unauthorized => PollEvent::Unauthorized,
        })
    }

    fn bytes(&self, span: Span) -> &[u8] {
        &self.bytes[span.start..span.end]
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether no more should be added: 1 MiB of keys and values, or 8,192 events.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES || self.items.len() >= FULL_EVENTS
    }
}
