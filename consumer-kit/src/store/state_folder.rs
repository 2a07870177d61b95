//! The state folder: rows and positions in a redb file.

use std::collections::{BTreeMap, HashMap};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};
use std::{fs, io};

use redb::{
    Database, DatabaseError, Durability, ReadTransaction, ReadableDatabase as _, ReadableTable as _,
    TableDefinition, WriteTransaction,
};

use super::{Commit, Operation, Saved, Store, StoredRow, StoredRows};
use crate::error::Error;
use crate::source::TopicIdentity;

/// The form of the file. A file of another one is set aside.
const FORMAT: &str = "3";
/// Longest time from a commit to the next sync to disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// Memory for pages of the file. What is written at once may need more.
const CACHE: usize = 4 << 20;

type Key<'a> = (i32, &'a [u8]);
/// Offset, timestamp, value. Without a value it is a remembered tombstone; at offset [`GONE`] the key has no stored row.
type Row<'a> = (i64, i64, Option<&'a [u8]>);
/// The offset of a row that stands for none.
const GONE: i64 = -1;

const ABOUT: TableDefinition<'_, &str, &str> = TableDefinition::new("about");
const POSITIONS: TableDefinition<'_, i32, i64> = TableDefinition::new("positions");
/// Rows that were loaded together, as blocks, by partition and number. That is ten times as fast as one row at a time. A block
/// has [`StoredRows`] one after the other.
const BLOCKS: TableDefinition<'_, (i32, u32), &[u8]> = TableDefinition::new("blocks");
/// Rows that have changed since. They take precedence over the blocks.
const ROWS: TableDefinition<'_, Key<'static>, Row<'static>> = TableDefinition::new("rows");
/// Bytes of a block: with its head less than a megabyte, for pages are powers of two.
const BLOCK: usize = if cfg!(test) { 1_000 } else { 1_000_000 };
/// Bytes of values that are packed and decoded together. More bytes pack better, and take longer to decode for one row.
const TOGETHER: usize = if cfg!(test) { 500 } else { 16_000 };
/// Number of changes from which rows are written into new blocks when they are loaded.
const MANY: usize = if cfg!(test) { 3 } else { 20_000 };

/// A [`Store`] in a folder: one file for each topic, `<topic>.redb`, in the format of [redb](https://docs.rs/redb).
///
/// *Atomic.* Rows, positions, the topic's identity and the time are one transaction of the file. If the process is killed, the
/// file has them as they were at one moment.
///
/// *When it writes.* Each batch is committed in memory at once. It is synced to disk at the first commit a second or more after
/// the last sync, whenever the table is known to be at the end of the log, and when the table is closed. After a crash the table
/// reads again what came since the last sync (seconds). Nothing is lost, because positions are never ahead of rows. While a topic
/// is read from its beginning nothing is written; then each partition is written in one transaction.
///
/// *Damaged, or of another version.* The whole file is checked when it is opened. A file that cannot be used is renamed to
/// `<topic>.redb.unusable`, replacing an earlier one, and the topic is read from the beginning. This also happens after an upgrade
/// or rollback of this package that changed the format: everything in the file can be read again from the topic.
///
/// *Decoded when asked for.* Values are packed with LZ4, some dozens of rows together. If the same program has decoded the stored
/// rows before, a table that resumes is ready at once: rows are decoded when one of them is first asked for (0.1 ms for some
/// dozens), or all when an index is built. Another program, such as a new version, decodes all rows before the table is ready, and
/// so does the same one if a record could not be decoded. So the promises of the poison policy hold. A program is identified by its
/// file: inode number, length and times, on Linux.
///
/// *Locked.* Only one table at a time has the file open, whatever the process.
pub struct StateFolder {
    file: PathBuf,
    topic: String,
    database: Database,
    synced: Instant,
    /// What was committed in memory alone.
    unsynced: bool,
    last: Option<Saved>,
    /// Which program has decoded every row that is kept.
    decoded_by: Option<String>,
    unusable: Option<String>,
}

/// Why a file is not used.
enum Refusal {
    /// It can be set aside.
    Unusable(String),
    Failed(redb::Error),
}

impl<E: Into<redb::Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        let error = error.into();
        match &error {
            redb::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                Self::Unusable(cause.to_string())
            }
            // A file that was cut off.
            redb::Error::Io(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Unusable(cause.to_string())
            }
            redb::Error::Corrupted(_)
            | redb::Error::UpgradeRequired(_)
            | redb::Error::RepairAborted
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TableDoesNotExist(_) => Self::Unusable(error.to_string()),
            _ => Self::Failed(error),
        }
    }
}

impl StateFolder {
    /// Opens the file of a topic, whose name includes the connection's prefix. Creates folder and file if they do not
    /// exist.
    ///
    /// # Errors
    /// The folder cannot be made, the file not be opened or written; another table has it open.
    pub fn open(folder: &Path, topic: &str) -> Result<Self, Error> {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
        let name: String = topic.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
        let file = folder.join(format!("{name}.redb"));
        let failed = |cause: io::Error| Error::store_failed(topic, explain(&file, &redb::Error::Io(cause)));
        fs::create_dir_all(folder).map_err(failed)?;
        Self::open_with(topic, &file, &|| open(&file), &|| {
            let aside = folder.join(format!("{name}.redb.unusable"));
            fs::rename(&file, &aside).map(|()| aside.display().to_string()).map_err(failed)
        })
    }

    /// In a file that a test has in its hands.
    #[cfg(test)]
    pub(crate) fn on(disk: &(impl redb::StorageBackend + Clone), topic: &str) -> Result<Self, Error> {
        Self::open_with(topic, Path::new("disk"), &|| builder().create_with_backend(disk.clone()), &|| {
            Err(Error::store_failed(topic, "it is damaged"))
        })
    }

    fn open_with(
        topic: &str,
        file: &Path,
        open: &dyn Fn() -> Result<Database, DatabaseError>,
        set_aside: &dyn Fn() -> Result<String, Error>,
    ) -> Result<Self, Error> {
        let failed = |error: &redb::Error| Error::store_failed(topic, explain(file, error));
        let ready = || -> Result<Database, Refusal> {
            let database = open()?;
            prepare(&database, topic)?;
            Ok(database)
        };
        let (database, unusable) = match ready() {
            Ok(database) => (database, None),
            Err(Refusal::Failed(error)) => return Err(failed(&error)),
            Err(Refusal::Unusable(cause)) => {
                let place = set_aside()?;
                let cause =
                    format!("the state in {} cannot be used and is now {place}: {cause}", file.display());
                match ready() {
                    Ok(database) => (database, Some(cause)),
                    Err(Refusal::Failed(error)) => return Err(failed(&error)),
                    Err(Refusal::Unusable(cause)) => return Err(Error::store_failed(topic, cause)),
                }
            }
        };
        Ok(Self {
            file: file.to_owned(),
            topic: topic.to_owned(),
            database,
            synced: Instant::now(),
            unsynced: false,
            last: None,
            decoded_by: None,
            unusable,
        })
    }

    fn failed(&self, error: impl Into<redb::Error>) -> Error {
        Error::store_failed(&*self.topic, explain(&self.file, &error.into()))
    }

    fn read(&self) -> Result<(Option<Saved>, Option<String>), redb::Error> {
        let transaction = self.database.begin_read()?;
        let about = transaction.open_table(ABOUT)?;
        let text = |name: &str| about.get(name).map(|it| it.map(|it| it.value().to_owned()));
        if text("saved")?.is_none() {
            return Ok((None, None));
        }
        let mut positions = BTreeMap::new();
        for item in transaction.open_table(POSITIONS)?.iter()? {
            let (partition, position) = item?;
            positions.insert(partition.value(), position.value());
        }
        let since = text("caught_up")?.and_then(|it| it.parse().ok()).map(Duration::from_millis);
        let saved = Saved {
            identity: TopicIdentity { cluster_id: text("cluster")?, topic_id: text("topic_id")? },
            positions,
            caught_up: since.and_then(|it| UNIX_EPOCH.checked_add(it)),
        };
        Ok((Some(saved), text("decoded_by")?))
    }

    fn read_rows(&self, give: &(dyn Fn(StoredRows) + Sync)) -> Result<(), redb::Error> {
        let transaction = self.database.begin_read()?;
        let parts = changes(&transaction)?;
        if parts.iter().map(|(_, changed)| changed.len()).sum::<usize>() >= MANY {
            let anew = self.database.begin_write()?;
            for (partition, changed) in parts {
                let mut blocks = Blocks::anew(&anew, partition)?;
                let mut give = |rows: StoredRows| {
                    blocks.push(&rows)?;
                    give(rows);
                    Ok(())
                };
                merge(&transaction, partition, &changed, &mut give)?;
                blocks.finish()?;
                anew.open_table(ROWS)?.retain_in(all_of(partition), |_, _| false)?;
            }
            return Ok(anew.commit()?);
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(parts.len());
        let parts = Mutex::new(parts.into_iter());
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            while let Some((partition, changed)) = next() {
                let mut give = |rows| {
                    give(rows);
                    Ok(())
                };
                merge(&transaction, partition, &changed, &mut give)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let mut ends =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            ends.try_for_each(|end| end)
        })
    }

    fn write(
        &mut self,
        commit: &Commit<'_>,
        saved: &Saved,
        decoded_by: Option<&str>,
        durable: bool,
    ) -> Result<(), redb::Error> {
        let mut transaction = self.database.begin_write()?;
        if !durable {
            transaction.set_durability(Durability::None)?;
        }
        write_rows(&transaction, &commit.operations)?;
        {
            let mut positions = transaction.open_table(POSITIONS)?;
            positions.retain(|partition, _| saved.positions.contains_key(&partition))?;
            for (partition, position) in &saved.positions {
                positions.insert(partition, position)?;
            }
            let mut about = transaction.open_table(ABOUT)?;
            let mut put = |name: &str, value: Option<&str>| -> Result<(), redb::Error> {
                match value {
                    Some(value) => about.insert(name, value).map(|_| ())?,
                    None => about.remove(name).map(|_| ())?,
                }
                Ok(())
            };
            put("saved", Some("yes"))?;
            put("cluster", saved.identity.cluster_id.as_deref())?;
            put("topic_id", saved.identity.topic_id.as_deref())?;
            let since = saved.caught_up.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            put("caught_up", since.map(|it| it.as_millis().to_string()).as_deref())?;
            put("decoded_by", decoded_by)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Puts on the disk what was committed in memory alone.
    fn sync(&mut self) -> Result<(), redb::Error> {
        if self.unsynced {
            self.database.begin_write()?.commit()?;
            self.unsynced = false;
        }
        Ok(())
    }
}

impl Store for StateFolder {
    fn saved(&mut self) -> Result<Option<Saved>, Error> {
        let (saved, decoded_by) = self.read().map_err(|error| self.failed(error))?;
        self.last.clone_from(&saved);
        self.decoded_by = decoded_by;
        Ok(saved)
    }

    fn rows(&mut self, give: &(dyn Fn(StoredRows) + Sync)) -> Result<(), Error> {
        self.read_rows(give).map_err(|error| self.failed(error))
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Result<(), Error> {
        self.commit_decoded(commit, None)
    }

    fn unusable(&self) -> Option<String> {
        self.unusable.clone()
    }
}

impl StateFolder {
    /// The program that has decoded every stored row, if one has.
    pub(crate) fn decoded_by(&self) -> Option<&str> {
        self.decoded_by.as_deref()
    }

    /// Commits rows, all of which this program has decoded.
    pub(crate) fn commit_decoded(&mut self, commit: &Commit<'_>, program: Option<&str>) -> Result<(), Error> {
        let caught_up = commit.caught_up.or(self.last.as_ref().and_then(|it| it.caught_up));
        let saved =
            Saved { identity: commit.identity.clone(), positions: commit.positions.clone(), caught_up };
        let is_same = self.last.as_ref() == Some(&saved) && self.decoded_by.as_deref() == program;
        if commit.operations.is_empty() && is_same {
            return Ok(());
        }
        let durable = commit.caught_up.is_some() || self.synced.elapsed() >= SYNC_EVERY;
        self.write(commit, &saved, program, durable).map_err(|error| self.failed(error))?;
        self.last = Some(saved);
        self.decoded_by = program.map(str::to_owned);
        self.unsynced = !durable;
        if durable {
            self.synced = Instant::now();
        }
        Ok(())
    }
}

impl Drop for StateFolder {
    fn drop(&mut self) {
        if let Err(error) = self.sync() {
            tracing::warn!(
                topic = self.topic,
                cause = explain(&self.file, &error),
                "what was read last is read again"
            );
        }
    }
}

fn open(file: &Path) -> Result<Database, DatabaseError> {
    builder().create(file)
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
    builder
}

/// Makes the tables of a new file, and looks into an old one.
fn prepare(database: &Database, topic: &str) -> Result<(), Refusal> {
    let (format, written) = match database.begin_read()?.open_table(ABOUT) {
        Ok(about) => {
            let text = |name: &str| about.get(name).map(|it| it.map(|it| it.value().to_owned()));
            (text("format")?, text("topic")?)
        }
        Err(redb::TableError::TableDoesNotExist(_)) => (None, None),
        Err(error) => return Err(error.into()),
    };
    match (format.as_deref(), written) {
        (None, _) => make(database, topic).map_err(Refusal::from),
        (Some(FORMAT), Some(written)) if written == topic => Ok(()),
        (Some(FORMAT), written) => {
            let written = written.unwrap_or_default();
            Err(Refusal::Unusable(format!("it is of the topic {written}")))
        }
        (Some(other), _) => {
            let cause =
                format!("it has format {other}, and this version of tiltak-consumer-kit knows {FORMAT}");
            Err(Refusal::Unusable(cause))
        }
    }
}

fn make(database: &Database, topic: &str) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut about = transaction.open_table(ABOUT)?;
        about.insert("format", FORMAT)?;
        about.insert("topic", topic)?;
        transaction.open_table(POSITIONS)?;
        transaction.open_table(BLOCKS)?;
        transaction.open_table(ROWS)?;
    }
    transaction.commit()?;
    Ok(())
}

fn write_rows(transaction: &WriteTransaction, operations: &[Operation<'_>]) -> Result<(), redb::Error> {
    if operations.is_empty() {
        return Ok(());
    }
    let mut rows = transaction.open_table(ROWS)?;
    for run in operations.chunk_by(|_, next| !matches!(next, Operation::Clear { .. })) {
        let mut cleared = None;
        let mut changes: Vec<(Key<'_>, Row<'_>)> = Vec::with_capacity(run.len());
        for operation in run {
            match *operation {
                Operation::Clear { partition } => {
                    rows.retain_in(all_of(partition), |_, _| false)?;
                    cleared = Some(Blocks::anew(transaction, partition)?);
                }
                Operation::Put { key, value, partition, offset, timestamp } => {
                    changes.push(((partition, key), (offset, timestamp, value)));
                }
                Operation::Delete { key, partition } => changes.push(((partition, key), (GONE, -1, None))),
            }
        }
        // Stable: of a key the last stays last.
        changes.sort_by_key(|(key, _)| *key);
        let last = changes.chunk_by(|one, next| one.0 == next.0).filter_map(<[_]>::last);
        let mut anew: Vec<StoredRow<'_>> = Vec::new();
        for (key, row) in last {
            match (&cleared, row.2) {
                (Some(blocks), value) if blocks.partition == key.0 => {
                    let (offset, timestamp, _) = *row;
                    if offset != GONE {
                        anew.push(StoredRow { key: key.1, value, offset, timestamp });
                    }
                }
                _ => drop(rows.insert(key, row)?),
            }
        }
        if let Some(mut blocks) = cleared {
            anew.sort_unstable_by_key(|row| row.offset);
            for rows in together(blocks.partition, &anew) {
                blocks.push(&rows)?;
            }
            blocks.finish()?;
        }
    }
    Ok(())
}

/// Rows in portions that are packed together.
fn together<'a>(partition: i32, rows: &'a [StoredRow<'a>]) -> impl Iterator<Item = StoredRows> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut size = 0;
        let count = rest.iter().take_while(|row| {
            let is_room = size == 0 || size + size_of(row) <= TOGETHER;
            size += size_of(row);
            is_room
        });
        let (some, others) = rest.split_at(count.count());
        rest = others;
        (!some.is_empty()).then(|| StoredRows::new(partition, some.iter().copied()))
    })
}

fn size_of(row: &StoredRow<'_>) -> usize {
    row.value.map_or(0, <[u8]>::len)
}

/// The rows of a partition, a block at a time.
struct Blocks<'a> {
    partition: i32,
    next: u32,
    block: Vec<u8>,
    table: redb::Table<'a, (i32, u32), &'static [u8]>,
}

impl<'a> Blocks<'a> {
    /// In the place of those that the partition has.
    fn anew(transaction: &'a WriteTransaction, partition: i32) -> Result<Self, redb::Error> {
        let mut table = transaction.open_table(BLOCKS)?;
        table.retain_in((partition, 0)..=(partition, u32::MAX), |_, _| false)?;
        Ok(Self { partition, next: 0, block: Vec::with_capacity(BLOCK), table })
    }

    fn push(&mut self, rows: &StoredRows) -> Result<(), redb::Error> {
        let problem =
            || redb::Error::Corrupted(format!("rows of partition {} cannot be written", self.partition));
        let rows = rows.write().ok_or_else(problem)?;
        if !self.block.is_empty() && self.block.len() + rows.len() > BLOCK {
            self.write()?;
        }
        self.block.extend(rows);
        Ok(())
    }

    fn write(&mut self) -> Result<(), redb::Error> {
        self.table.insert((self.partition, self.next), &*self.block)?;
        self.next += 1;
        self.block.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(), redb::Error> {
        if self.block.is_empty() { Ok(()) } else { self.write() }
    }
}

/// The rows of a partition that have changed since they were put into a block, by their keys.
type Changes = HashMap<Vec<u8>, Changed>;

/// The partitions, and what has changed of each.
fn changes(transaction: &ReadTransaction) -> Result<Vec<(i32, Changes)>, redb::Error> {
    let mut parts: BTreeMap<i32, Changes> = BTreeMap::new();
    for item in transaction.open_table(ROWS)?.iter()? {
        let (key, row) = item?;
        let ((partition, key), (offset, timestamp, value)) = (key.value(), row.value());
        let changed = Changed { value: value.map(<[u8]>::to_vec), offset, timestamp };
        parts.entry(partition).or_default().insert(key.to_vec(), changed);
    }
    let blocks = transaction.open_table(BLOCKS)?;
    let mut from = Some(i32::MIN);
    while let Some(start) = from
        && let Some(item) = blocks.range((start, 0)..)?.next()
    {
        let (partition, _) = item?.0.value();
        parts.entry(partition).or_default();
        from = partition.checked_add(1);
    }
    Ok(parts.into_iter().collect())
}

/// Gives all rows of a partition: those of the blocks that have not changed, and those that have.
fn merge(
    transaction: &ReadTransaction,
    partition: i32,
    changed: &Changes,
    give: &mut dyn FnMut(StoredRows) -> Result<(), redb::Error>,
) -> Result<(), redb::Error> {
    let cut_off = || redb::Error::Corrupted(format!("a block of partition {partition} is cut off"));
    for item in transaction.open_table(BLOCKS)?.range((partition, 0)..=(partition, u32::MAX))? {
        let (_, block) = item?;
        let mut rest = block.value();
        while !rest.is_empty() {
            let (rows, after) = StoredRows::read(rest, partition).ok_or_else(cut_off)?;
            rest = after;
            let rows = rows.without(|key| changed.contains_key(key)).ok_or_else(cut_off)?;
            if !rows.is_empty() {
                give(rows)?;
            }
        }
    }
    let rows = changed.iter().filter_map(|(key, Changed { value, offset, timestamp })| {
        let (offset, timestamp) = (*offset, *timestamp);
        (offset != GONE).then_some(StoredRow { key, value: value.as_deref(), offset, timestamp })
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable_by_key(|row| row.offset);
    together(partition, &rows).try_for_each(give)
}

/// A row that has changed since it was put into a block.
struct Changed {
    /// `None`: a tombstone, or gone.
    value: Option<Vec<u8>>,
    offset: i64,
    timestamp: i64,
}

fn all_of(partition: i32) -> std::ops::Range<Key<'static>> {
    (partition, &[])..(partition.saturating_add(1), &[])
}

/// What is wrong with a file, and what to do.
fn explain(file: &Path, error: &redb::Error) -> String {
    let file = file.display();
    match error {
        redb::Error::DatabaseAlreadyOpen => format!(
            "{file} is in use by another table, perhaps of another process; end that one, or give each a folder of its own"
        ),
        redb::Error::Io(cause) => {
            let advice = match cause.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    "make room there or use another folder, and start again: the state goes on from what was last \
                     written"
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "the folder has to be one that this process may write to"
                }
                _ => "look after the disk, or use another folder",
            };
            format!("{file}: {cause}; {advice}")
        }
        other => format!("{file}: {other}; remove it if this happens again: the topic is then read anew"),
    }
}
