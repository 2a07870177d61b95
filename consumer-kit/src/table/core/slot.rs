//! A row of a table: an entry, or a stored row that is decoded when it is first asked for.

use std::sync::{Arc, OnceLock};

use tiltak_schema::decode;
use tiltak_schema::topic::Topic;
use tiltak_schema::view::Read;

use crate::store::StoredRows;
use crate::table::entry::Entry;

pub(crate) enum Slot<T: Topic> {
    Entry(Entry<T>),
    /// The row of this number among those.
    Kept(Arc<Kept<T>>, u32),
}

/// Rows that were decoded by this program before they were kept.
pub(crate) struct Kept<T: Topic> {
    rows: StoredRows,
    /// All of them, once one was asked for.
    entries: OnceLock<Box<[Option<Entry<T>>]>>,
}

impl<T: Topic> Slot<T> {
    /// The entry. `None` if the row cannot be decoded, although it could: as good as never.
    pub(crate) fn entry(&self) -> Option<&Entry<T>> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Kept(kept, index) => kept.entries().get(*index as usize)?.as_ref(),
        }
    }

    pub(crate) fn partition(&self) -> i32 {
        match self {
            Self::Entry(entry) => entry.partition(),
            Self::Kept(kept, _) => kept.rows.partition(),
        }
    }

    pub(crate) fn offset(&self) -> i64 {
        match self {
            Self::Entry(entry) => entry.offset(),
            Self::Kept(kept, index) => kept.rows.head(*index as usize).offset,
        }
    }

    pub(crate) fn timestamp(&self) -> i64 {
        match self {
            Self::Entry(entry) => entry.timestamp(),
            Self::Kept(kept, index) => kept.rows.head(*index as usize).timestamp,
        }
    }

    /// Bytes of the value on the wire.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Entry(entry) => entry.size(),
            Self::Kept(kept, index) => kept.rows.head(*index as usize).size.unwrap_or_default(),
        }
    }

    pub(crate) fn is_stale(&self) -> bool {
        matches!(self, Self::Entry(entry) if entry.stale().is_some())
    }
}

impl<T: Topic> Kept<T> {
    pub(crate) fn new(rows: StoredRows) -> Self {
        Self { rows, entries: OnceLock::new() }
    }

    /// The rows with their keys.
    pub(crate) fn slots(self: Arc<Self>) -> impl Iterator<Item = (T::Key, Slot<T>)> {
        let indexes = 0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        indexes.filter_map(move |index| {
            let head = self.rows.head(index as usize);
            let key = decode::key::<T>(head.key).ok()?;
            head.size.map(|_| (key, Slot::Kept(Arc::clone(&self), index)))
        })
    }

    fn entries(&self) -> &[Option<Entry<T>>] {
        self.entries.get_or_init(|| {
            let partition = self.rows.partition();
            let mut entries = Vec::with_capacity(self.rows.len());
            let mut are_decodable = true;
            let whole = self.rows.visit(|row| {
                let place = (partition, row.offset, row.timestamp);
                let entry = row.value.map(|bytes| {
                    let value = decode::value::<T, Read>(bytes).ok();
                    are_decodable &= value.is_some();
                    value.map(|value| Entry::new(value, place, bytes.len()))
                });
                entries.push(entry.flatten());
            });
            if whole.is_none() || !are_decodable {
                let advice = "remove the table's state: the topic is then read anew";
                tracing::error!(topic = T::NAME, partition, advice, "rows that were kept cannot be decoded");
            }
            entries.into()
        })
    }
}

impl<T: Topic> Clone for Slot<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Entry(entry) => Self::Entry(entry.clone()),
            Self::Kept(kept, index) => Self::Kept(Arc::clone(kept), *index),
        }
    }
}

/// Compares rows of the same record without decoding them.
impl<T: Topic> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Entry(one), Self::Entry(other)) if one.is_same(other) => return true,
            (Self::Kept(one, index), Self::Kept(other, at)) if Arc::ptr_eq(one, other) => return index == at,
            _ => {}
        }
        let place = |it: &Self| (it.partition(), it.offset());
        place(self) == place(other) && self.entry() == other.entry()
    }
}
