//! Rows as a store returns them.

use std::borrow::Cow;
use std::ops::Range;

/// Some dozens of rows of one partition, as a store returns them.
///
/// ```
/// use tiltak_consumer_kit::store::{StoredRow, StoredRows};
///
/// let key = b"59a64a02-efdd-471d-9529-356ff5553a5d";
/// let row = StoredRow { key, value: Some(b"{}"), offset: 17, timestamp: 1_700_000_000_000 };
/// assert_eq!(StoredRows::new(0, [row]).len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRows {
    partition: i32,
    rows: Vec<Row>,
    keys: Vec<u8>,
    values: Values,
}

/// A stored row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRow<'a> {
    /// The record key.
    pub key: &'a [u8],
    /// The record value; `None` is a remembered tombstone.
    pub value: Option<&'a [u8]>,
    /// The offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970; -1 if there is none.
    pub timestamp: i64,
}

/// The head of a row: everything but its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) key: &'a [u8],
    /// Bytes of the value; `None` is a tombstone.
    pub(crate) size: Option<usize>,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    /// Where its key ends. It begins where that of the row before it ends.
    key_end: usize,
    /// The same of the value.
    value_end: usize,
    is_tombstone: bool,
    offset: i64,
    timestamp: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Values {
    Plain(Vec<u8>),
    /// A block of LZ4, after its length.
    #[cfg(feature = "state")]
    Packed(Vec<u8>),
}

impl StoredRows {
    /// Rows of a partition.
    pub fn new<'a>(partition: i32, rows: impl IntoIterator<Item = StoredRow<'a>>) -> Self {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        let rows = rows.into_iter().map(|StoredRow { key, value, offset, timestamp }| {
            keys.extend_from_slice(key);
            values.extend_from_slice(value.unwrap_or_default());
            let is_tombstone = value.is_none();
            Row { key_end: keys.len(), value_end: values.len(), is_tombstone, offset, timestamp }
        });
        let rows = rows.collect();
        Self { partition, rows, keys, values: Values::Plain(values) }
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The head of the row with this number. Its value may still be packed.
    pub(crate) fn head(&self, index: usize) -> Head<'_> {
        let (key, value) = self.place(index);
        let Row { is_tombstone, offset, timestamp, .. } = self.rows[index];
        let size = (!is_tombstone).then_some(value.len());
        Head { key: &self.keys[key], size, offset, timestamp }
    }

    /// Where key and value of the row of this number are.
    fn place(&self, index: usize) -> (Range<usize>, Range<usize>) {
        let Row { key_end, value_end, .. } = self.rows[index];
        let before = index.checked_sub(1).map(|before| self.rows[before]);
        let (key, value) = before.map_or((0, 0), |before| (before.key_end, before.value_end));
        (key..key_end, value..value_end)
    }

    /// The values, one after the other; `None` if they cannot be unpacked.
    #[cfg_attr(not(feature = "state"), expect(clippy::unnecessary_wraps, reason = "nothing is packed then"))]
    fn values(&self) -> Option<Cow<'_, [u8]>> {
        match &self.values {
            Values::Plain(values) => Some(Cow::Borrowed(values)),
            #[cfg(feature = "state")]
            Values::Packed(packed) => unpack(packed, &self.keys).map(Cow::Owned),
        }
    }

    /// The tombstones among them, if there are any.
    pub(crate) fn tombstones(&self) -> Option<Self> {
        let heads = (0..self.len()).map(|index| self.head(index)).filter(|head| head.size.is_none());
        let rows = heads.map(|Head { key, offset, timestamp, .. }| StoredRow {
            key,
            value: None,
            offset,
            timestamp,
        });
        let tombstones = Self::new(self.partition, rows);
        (!tombstones.is_empty()).then_some(tombstones)
    }

    /// Gives each row to `each`. `None` if the values cannot be unpacked.
    pub(crate) fn visit(&self, each: impl FnMut(StoredRow<'_>)) -> Option<()> {
        self.with(&self.values()?)?.into_iter().for_each(each);
        Some(())
    }

    /// The rows, with these values.
    fn with<'a>(&'a self, values: &'a [u8]) -> Option<Vec<StoredRow<'a>>> {
        let row = |index| {
            let Head { key, size, offset, timestamp } = self.head(index);
            let value = values.get(self.place(index).1)?;
            Some(StoredRow { key, value: size.map(|_| value), offset, timestamp })
        };
        (0..self.len()).map(row).collect()
    }
}

/// How rows are written to a file.
#[cfg(feature = "state")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Written<'a> {
    /// Offset, timestamp, bytes of the key and of the value.
    rows: Vec<(i64, i64, usize, Option<usize>)>,
    keys: &'a [u8],
    packed: &'a [u8],
}

#[cfg(feature = "state")]
impl StoredRows {
    pub(super) fn write(&self) -> Option<Vec<u8>> {
        let packed = match &self.values {
            Values::Packed(packed) => Cow::Borrowed(packed),
            Values::Plain(values) => Cow::Owned(pack(values, &self.keys)),
        };
        let row = |index| {
            let Head { key, size, offset, timestamp } = self.head(index);
            (offset, timestamp, key.len(), size)
        };
        let rows = (0..self.len()).map(row).collect();
        postcard::to_allocvec(&Written { rows, keys: &self.keys, packed: &packed }).ok()
    }

    /// Takes rows from the beginning of what was written; `None` if it is cut off.
    pub(super) fn read<'a>(written: &'a [u8], partition: i32) -> Option<(Self, &'a [u8])> {
        let (Written { rows, keys, packed }, rest) =
            postcard::take_from_bytes::<Written<'a>>(written).ok()?;
        let (mut key_end, mut value_end) = (0_usize, 0_usize);
        let mut ends = Vec::with_capacity(rows.len());
        for (offset, timestamp, key, value) in rows {
            key_end = key_end.checked_add(key)?;
            value_end = value_end.checked_add(value.unwrap_or_default())?;
            ends.push(Row { key_end, value_end, is_tombstone: value.is_none(), offset, timestamp });
        }
        let values = Values::Packed(packed.to_vec());
        (key_end <= keys.len()).then(|| (Self { partition, rows: ends, keys: keys.to_vec(), values }, rest))
    }

    /// These rows without those of some keys. `None` if the values cannot be unpacked.
    pub(super) fn without(self, is_gone: impl Fn(&[u8]) -> bool) -> Option<Self> {
        if !(0..self.len()).any(|index| is_gone(self.head(index).key)) {
            return Some(self);
        }
        let values = self.values()?;
        let rows = self.with(&values)?;
        Some(Self::new(self.partition, rows.into_iter().filter(|row| !is_gone(row.key))))
    }
}

/// Makes values smaller. They often have their keys in them.
#[cfg(feature = "state")]
fn pack(values: &[u8], keys: &[u8]) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size_with_dict(values, keys)
}

#[cfg(feature = "state")]
fn unpack(packed: &[u8], keys: &[u8]) -> Option<Vec<u8>> {
    lz4_flex::block::decompress_size_prepended_with_dict(packed, keys).ok()
}

#[cfg(all(test, feature = "state"))]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written_and_not_if_they_are_cut_off(
            rows in vec((vec(any::<u8>(), 0..5), proptest::option::of(vec(any::<u8>(), 0..50)), any::<i64>(), any::<i64>()), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let stored = StoredRows::new(3, rows.iter().map(|(key, value, offset, timestamp)| {
                StoredRow { key, value: value.as_deref(), offset: *offset, timestamp: *timestamp }
            }));
            let bytes = stored.write().unwrap();

            let (read, rest) = StoredRows::read(&bytes, 3).unwrap();
            let mut found = Vec::new();
            read.visit(|it| found.push((it.key.to_vec(), it.value.map(<[u8]>::to_vec), it.offset, it.timestamp))).unwrap();

            prop_assert!(rest.is_empty());
            prop_assert_eq!(found, rows);
            prop_assert_eq!(StoredRows::read(&bytes[..cut.index(bytes.len())], 3), None);
        }
    }
}
