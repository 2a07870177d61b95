//! Events on their way from the thread that polls to the one that applies.

/// Bytes from which on a batch is full.
const FULL_BYTES: usize = 1 << 20;
/// Events from which on a batch is full.
const FULL_EVENTS: usize = 8_192;

/// Events in the order in which they came, their bytes in one piece.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    items: Vec<Item>,
}

#[derive(Debug, Clone, Copy)]
enum Item {
    Record { partition: i32, offset: i64, timestamp: i64, key: Span, value: Option<Span> },
    Position { partition: i32, offset: i64 },
    End { partition: i32 },
    Lost,
    Recreated,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

/// What happens to a reader of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A record.
    Record(RecordRef<'a>),
    /// There is no record before this offset that was not delivered: what was passed are control records.
    Position {
        /// The partition.
        partition: i32,
        /// The next offset.
        offset: i64,
    },
    /// There is no more to read for now. It may have been met before anything that was asked of the source since its
    /// last assignment.
    End {
        /// The partition.
        partition: i32,
    },
    /// A position is no longer within its log: the watermarks have to be compared.
    Lost,
    /// The topic was deleted and made anew under the same name.
    Recreated,
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
    /// The record key; empty if there is none.
    pub key: &'a [u8],
    /// The record value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
}

impl Batch {
    /// Adds an event. The bytes are copied.
    pub fn push(&mut self, event: Event<'_>) {
        let item = match event {
            Event::Record(record) => Item::Record {
                partition: record.partition,
                offset: record.offset,
                timestamp: record.timestamp,
                key: self.copy(record.key),
                value: record.value.map(|value| self.copy(value)),
            },
            Event::Position { partition, offset } => Item::Position { partition, offset },
            Event::End { partition } => Item::End { partition },
            Event::Lost => Item::Lost,
            Event::Recreated => Item::Recreated,
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
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        self.items.iter().map(|item| match *item {
            Item::Record { partition, offset, timestamp, key, value } => Event::Record(RecordRef {
                partition,
                offset,
                timestamp,
                key: self.bytes(key),
                value: value.map(|value| self.bytes(value)),
            }),
            Item::Position { partition, offset } => Event::Position { partition, offset },
            Item::End { partition } => Event::End { partition },
            Item::Lost => Event::Lost,
            Item::Recreated => Event::Recreated,
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
