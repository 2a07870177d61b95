//! The settings of a table.

use std::marker::PhantomData;
use std::sync::mpsc::channel;
use std::time::Duration;

use tiltak_schema::topic::Topic;
use tokio::sync::oneshot;

use super::handle::Table;
use super::metrics::Progress;
use super::runtime::StateStore;
use super::runtime::driver::{self, Open, OpenStore, Options};
use crate::connection::Connection;
use crate::error::Error;
use crate::poison::{OnPoison, PreviousValue};
use crate::source::{KafkaSource, Source};
use crate::store::Store;

/// The settings of a table: see [`Table::builder`].
///
/// ```no_run
/// use tiltak_consumer_kit::{Connection, OnPoison, PreviousValue, Table};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// let table = Table::<SisteTiltakstyperV3>::builder(Connection::from_env()?)
///     .on_poison(OnPoison::Quarantine("/var/lib/my-app/quarantine".into()))
///     .previous_value(PreviousValue::Keep)
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct TableBuilder<T: Topic> {
    open: Open,
    open_store: OpenStore,
    options: Options,
    topic: PhantomData<T>,
}

impl<T: Topic> Table<T> {
    /// A table from these brokers: a [`Connection`], or `host:port`, comma-separated.
    pub fn builder(connection: impl Into<Connection>) -> TableBuilder<T> {
        let connection = connection.into();
        let topic = connection.topic(T::NAME);
        TableBuilder::new(
            topic.clone(),
            Box::new(move || Ok(Box::new(KafkaSource::open(&connection, &topic)?) as Box<dyn Source>)),
        )
    }

    /// A table over a source, such as that of a [`MemoryLog`](crate::source::MemoryLog).
    pub fn over(source: impl Source + 'static) -> TableBuilder<T> {
        TableBuilder::new(
            source.topic().to_owned(),
            Box::new(move || Ok(Box::new(source) as Box<dyn Source>)),
        )
    }
}

impl<T: Topic> TableBuilder<T> {
    pub(crate) fn new(topic: String, open: Open) -> Self {
        let options = Options {
            topic,
            poison: OnPoison::default(),
            previous_value: PreviousValue::default(),
            any_cleanup_policy: false,
            progress: None,
            tombstone_retention: None,
            metadata_refresh_interval: Duration::from_secs(5),
            authorization_grace: Duration::from_mins(5),
            mutation: None,
        };
        Self { open, open_store: Box::new(|_| Ok(None)), options, topic: PhantomData }
    }

    /// Sets the policy for undecodable records. Defaults to [`OnPoison::Stop`].
    #[must_use]
    pub fn on_poison(mut self, policy: OnPoison) -> Self {
        self.options.poison = policy;
        self
    }

    /// Sets what happens to a key's previous value when a record of the key cannot be decoded. Defaults to
    /// [`PreviousValue::Drop`].
    #[must_use]
    pub fn previous_value(mut self, previous_value: PreviousValue) -> Self {
        self.options.previous_value = previous_value;
        self
    }

    /// Allows a topic whose `cleanup.policy` is not compaction alone. Its records may be deleted by age or size, and
    /// then keys are missing. Without this call, such a topic stops the table with [`Error::is_not_compacted`] as
    /// soon as the broker has returned the settings. The table does not wait for them: a silent broker does not hold
    /// it up.
    #[must_use]
    pub fn any_cleanup_policy(mut self) -> Self {
        self.options.any_cleanup_policy = true;
        self
    }

    /// Sets a callback for progress, called about ten times a second until the table is ready, and once when it is. A
    /// thread of the table calls it and waits for it; a panic stops the table ([`Error::is_panicked`]).
    #[must_use]
    pub fn on_progress(mut self, callback: impl FnMut(Progress) + Send + 'static) -> Self {
        self.options.progress = Some(Box::new(callback));
        self
    }

    /// Sets a store for rows and positions, from which the table resumes.
    #[must_use]
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.open_store = Box::new(move |_| Ok(Some(StateStore::Custom(Box::new(store)))));
        self
    }

    /// Keeps rows and positions in a file of this folder, `<topic>.redb`, from which the table resumes at the next
    /// start: [`TableHandle::started`](super::TableHandle::started) says whether it did. Creates the folder if it
    /// does not exist. Only one table at a time may use it for a topic. See
    /// [`StateFolder`](crate::store::StateFolder) for what is stored when.
    #[cfg(feature = "state")]
    #[must_use]
    pub fn state_folder(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        let folder = folder.into();
        self.open_store = Box::new(move |topic| {
            Ok(Some(StateStore::Folder(Box::new(crate::store::StateFolder::open(&folder, topic)?))))
        });
        self
    }

    /// Seeds a bug.
    #[cfg(test)]
    pub(crate) fn mutation(mut self, mutation: Option<super::core::Mutation>) -> Self {
        self.options.mutation = mutation;
        self
    }

    /// Sets how long the topic keeps tombstones. If a table was not known to be complete for that long (it was
    /// stopped, cut off, or still reading), it is rebuilt, because a tombstone may have come and gone unseen.
    /// Defaults to the topic's `delete.retention.ms`; if that may not be read, to 24 hours, Kafka's default.
    #[must_use]
    pub fn tombstone_retention(mut self, retention: Duration) -> Self {
        self.options.tombstone_retention = Some(retention);
        self
    }

    /// Sets the interval at which the brokers are asked for partitions, the topic's identity and the ends of the
    /// logs. An answer confirms the table's position: see [`TableHandle::health`](super::TableHandle::health).
    /// Defaults to 5 s, or a quarter of the tombstones' retention if that is less.
    #[must_use]
    pub fn metadata_refresh_interval(mut self, interval: Duration) -> Self {
        self.options.metadata_refresh_interval = interval;
        self
    }

    /// Sets how long the right to read may be missing while the table runs, before the table stops with
    /// [`Error::is_forbidden`]. Until then the table is stale, and asks again. Defaults to 5 minutes.
    #[must_use]
    pub fn authorization_grace(mut self, grace: Duration) -> Self {
        self.options.authorization_grace = grace;
        self
    }

    /// Connects, captures the end of the log, and starts to read from the beginning, or from the stored position.
    ///
    /// # Errors
    /// Within 10 s: [`Error::is_unreachable`], [`Error::is_untrusted`], [`Error::is_missing_topic`],
    /// [`Error::is_forbidden`]; [`Error::is_quarantine`] for a folder that is not there; [`Error::is_store`] for a state
    /// that cannot be read.
    pub async fn start(self) -> Result<Table<T>, Error> {
        let Self { open, open_store, options, .. } = self;
        let (opened, is_open) = oneshot::channel();
        let (messages, inbox) = channel();
        let ended = || Error::source_failed(T::NAME, "the thread that reads could not be started");
        let for_thread = messages.clone();
        let thread = std::thread::Builder::new()
            .name(format!("table {}", T::NAME))
            .spawn(move || driver::run::<T>(options, open, open_store, (for_thread, inbox), opened))
            .map_err(|_| ended())?;
        let shared = is_open.await.map_err(|_| ended())??;
        Ok(Table::new(shared, messages, thread))
    }
}
