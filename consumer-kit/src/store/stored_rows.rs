//! Rows as a store gives them back.

use std::borrow::Cow;
use std::ops::Range;

/// Some rows of one partition that a store gives back together: some dozens, for a table decodes all of them when one is
/// asked for, if it knows that it can (see [`Saved::decoded_by`](super::Saved::decoded_by)).
///
/// ```
/// use tiltak_consumer_kit::store::{StoredRow, StoredRows};
///
/// let key = b"59a64a02-efdd-471d-9529-356ff5553a5d";
/// let row = StoredRow { key, value: b"{}", offset: 17, timestamp: 1_700_000_000_000 };
/// assert_eq!(StoredRows::new(0, [row]).len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRows {
    partition: i32,
    rows: Vec<Row>,
    keys: Vec<u8>,
    values: Values,
}

/// A row as it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRow<'a> {
    /// The record key.
    pub key: &'a [u8],
    /// The record value.
    pub value: &'a [u8],
    /// The offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970; -1 if there is none.
    pub timestamp: i64,
}

/// What there is to say of a row without its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) key: &'a [u8],
    /// Bytes of the value.
    pub(crate) size: usize,
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    key: Range<usize>,
    value: Range<usize>,
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
        let rows = rows.into_iter().map(|StoredRow { key, value, offset, timestamp }| Row {
            key: append(&mut keys, key),
            value: append(&mut values, value),
            offset,
            timestamp,
        });
        Self { partition, rows: rows.collect(), keys, values: Values::Plain(values) }
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

    /// Of each row everything but its value, which may be packed.
    pub(crate) fn heads(&self) -> impl Iterator<Item = Head<'_>> {
        (0..self.rows.len()).map(|index| self.head(index))
    }

    /// That of the row of this number.
    pub(crate) fn head(&self, index: usize) -> Head<'_> {
        let Row { key, value, offset, timestamp } = &self.rows[index];
        Head { key: &self.keys[key.clone()], size: value.len(), offset: *offset, timestamp: *timestamp }
    }

    /// The values, one after the other; `None` if they cannot be unpacked.
    fn values(&self) -> Option<Cow<'_, [u8]>> {
        match &self.values {
            Values::Plain(values) => Some(Cow::Borrowed(values)),
            #[cfg(feature = "state")]
            Values::Packed(packed) => lz4_flex::block::decompress_size_prepended(packed).ok().map(Cow::Owned),
        }
    }

    /// Gives each row to `each`. `None` if the values cannot be unpacked.
    pub(crate) fn visit(&self, each: impl FnMut(StoredRow<'_>)) -> Option<()> {
        self.with(&self.values()?)?.into_iter().for_each(each);
        Some(())
    }

    /// The rows, with these values.
    fn with<'a>(&'a self, values: &'a [u8]) -> Option<Vec<StoredRow<'a>>> {
        let row = |Row { key, value, offset, timestamp }: &Row| {
            let (key, value) = (self.keys.get(key.clone())?, values.get(value.clone())?);
            Some(StoredRow { key, value, offset: *offset, timestamp: *timestamp })
        };
        self.rows.iter().map(row).collect()
    }
}

fn append(to: &mut Vec<u8>, bytes: &[u8]) -> Range<usize> {
    let start = to.len();
    to.extend_from_slice(bytes);
    start..to.len()
}

/// How rows are written to a file: their number; how long the keys are together, and the packed values; of each row
/// offset, timestamp, and how long key and value are; the keys; the packed values. All numbers have 64 bits and begin with
/// the least byte.
#[cfg(feature = "state")]
impl StoredRows {
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let packed = match &self.values {
            Values::Packed(packed) => Cow::Borrowed(packed),
            Values::Plain(values) => Cow::Owned(lz4_flex::block::compress_prepend_size(values)),
        };
        for length in [self.rows.len(), self.keys.len(), packed.len()] {
            to.extend((length as u64).to_le_bytes());
        }
        for Row { key, value, offset, timestamp } in &self.rows {
            for number in [*offset, *timestamp] {
                to.extend(number.to_le_bytes());
            }
            for length in [key.len(), value.len()] {
                to.extend((length as u64).to_le_bytes());
            }
        }
        to.extend_from_slice(&self.keys);
        to.extend_from_slice(&packed);
    }

    /// Takes rows from the beginning of what was written; `None` if it is cut off.
    pub(super) fn read(from: &mut &[u8], partition: i32) -> Option<Self> {
        let mut number = || {
            let (number, rest) = from.split_first_chunk()?;
            *from = rest;
            Some(u64::from_le_bytes(*number))
        };
        let mut length = || usize::try_from(number()?).ok();
        let (count, keys, packed) = (length()?, length()?, length()?);
        let (mut rows, mut key, mut value) = (Vec::new(), 0..0_usize, 0..0_usize);
        for _ in 0..count {
            let (offset, timestamp) = (number()?.cast_signed(), number()?.cast_signed());
            key = key.end..key.end.checked_add(usize::try_from(number()?).ok()?)?;
            value = value.end..value.end.checked_add(usize::try_from(number()?).ok()?)?;
            rows.push(Row { key: key.clone(), value: value.clone(), offset, timestamp });
        }
        let (keys, rest) = from.split_at_checked(keys)?;
        let (packed, rest) = rest.split_at_checked(packed)?;
        *from = rest;
        let is_whole = key.end <= keys.len();
        is_whole.then(|| Self {
            partition,
            rows,
            keys: keys.to_vec(),
            values: Values::Packed(packed.to_vec()),
        })
    }

    /// These rows without those of some keys. `None` if the values cannot be unpacked.
    pub(super) fn without(self, is_gone: impl Fn(&[u8]) -> bool) -> Option<Self> {
        if !self.heads().any(|head| is_gone(head.key)) {
            return Some(self);
        }
        let values = self.values()?;
        let rows = self.with(&values)?;
        Some(Self::new(self.partition, rows.into_iter().filter(|row| !is_gone(row.key))))
    }
}

#[cfg(all(test, feature = "state"))]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written_and_not_if_they_are_cut_off(
            rows in vec((vec(any::<u8>(), 0..5), vec(any::<u8>(), 0..50), any::<i64>(), any::<i64>()), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let stored = StoredRows::new(3, rows.iter().map(|(key, value, offset, timestamp)| {
                StoredRow { key, value, offset: *offset, timestamp: *timestamp }
            }));
            let mut bytes = Vec::new();
            stored.write(&mut bytes);

            let mut rest = &*bytes;
            let read = StoredRows::read(&mut rest, 3).unwrap();
            let mut found = Vec::new();
            read.visit(|it| found.push((it.key.to_vec(), it.value.to_vec(), it.offset, it.timestamp))).unwrap();

            prop_assert!(rest.is_empty());
            prop_assert_eq!(found, rows);
            prop_assert_eq!(StoredRows::read(&mut &bytes[..cut.index(bytes.len())], 3), None);
        }
    }
}
