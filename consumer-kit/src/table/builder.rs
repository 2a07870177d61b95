//! How to read a table.

use std::sync::Arc;
use std::time::Duration;

use tiltak_schema::topic::Topic;
use tokio::sync::oneshot;

use super::driver::{Driver, Options};
use super::{Earlier, OnPoison, Progress, Table};
use crate::error::Error;
use crate::source::Source;
use crate::store::Store;

/// Opens a source: in the thread that then reads it.
pub(crate) type Open = Box<dyn FnOnce() -> Result<Box<dyn Source>, Error> + Send>;

/// How to read a table: see [`Table::builder`].
///
/// ```no_run
/// use tiltak_consumer_kit::{Connection, Earlier, OnPoison, Table};
/// use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
///
/// # async fn example() -> Result<(), tiltak_consumer_kit::Error> {
/// let table = Table::<SisteTiltakstyperV3>::from(Connection::from_env()?)
///     .on_poison(OnPoison::Quarantine("/var/lib/my-app/quarantine".into()))
///     .earlier(Earlier::Keep)
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct Builder<T: Topic> {
    topic: String,
    open: Open,
    options: Options,
    of: std::marker::PhantomData<T>,
}

impl<T: Topic> Builder<T> {
    pub(crate) fn new(topic: String, open: Open) -> Self {
        Self { topic, open, options: Options::default(), of: std::marker::PhantomData }
    }

    /// What is done with a record that cannot be decoded. Defaults to [`OnPoison::Stop`].
    #[must_use]
    pub fn on_poison(mut self, policy: OnPoison) -> Self {
        self.options.poison = policy;
        self
    }

    /// What becomes of a key's earlier value when a record of it cannot be decoded. Defaults to [`Earlier::Drop`].
    #[must_use]
    pub fn earlier(mut self, earlier: Earlier) -> Self {
        self.options.earlier = earlier;
        self
    }

    /// Reads a topic whose `cleanup.policy` is not compaction alone, too: its records may be deleted by age or size, and
    /// keys are missing then. Without this call, such a topic is refused.
    #[must_use]
    pub fn any_cleanup_policy(mut self) -> Self {
        self.options.any_cleanup_policy = true;
        self
    }

    /// Calls this while the table is on its way to being ready, about ten times a second, and once when it is. It is called
    /// from a thread of the table, which waits for it.
    #[must_use]
    pub fn on_progress(mut self, callback: impl FnMut(Progress) + Send + 'static) -> Self {
        self.options.progress = Some(Box::new(callback));
        self
    }

    /// Keeps rows and positions in a store, and goes on from there.
    #[must_use]
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.options.store = Some(Box::new(store));
        self
    }

    /// Keeps rows and positions in a file of this folder, `<topic>.redb`, and goes on from there at the next start:
    /// [`Table::started`] says whether it did. The folder is made if it is not there; one table at a time may use it for a
    /// topic. See [`StateFolder`](crate::store::StateFolder) for what is kept when.
    #[cfg(feature = "state")]
    #[must_use]
    pub fn state_folder(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        self.options.state_folder = Some(folder.into());
        self
    }

    /// How long ago a store may have been at the end of the log: after that tombstones may be gone, and all is read anew.
    /// So too when the broker of a running table was away for longer. It should be the topic's `delete.retention.ms`. Defaults to 24 hours, which is also Kafka's default.
    #[must_use]
    pub fn longest_absence(mut self, longest: Duration) -> Self {
        self.options.longest_absence = longest;
        self
    }

    /// How often partitions, the topic's identity and the ends of the log are asked for. Defaults to 5 s.
    #[must_use]
    pub fn check_every(mut self, interval: Duration) -> Self {
        self.options.check_every = interval;
        self
    }

    /// Connects, captures the end of the log, and starts to read from its beginning, or from where the state is.
    ///
    /// # Errors
    /// An unreachable broker, one that is not trusted, a missing topic, one that may not be read or is not compacted;
    /// within 10 s. A quarantine folder that is not there; a store that cannot be read.
    pub async fn start(self) -> Result<Table<T>, Error> {
        let (opened, is_open) = oneshot::channel();
        let (requests, inbox) = std::sync::mpsc::channel();
        let driver = Driver::<T>::new(self.topic, self.options, inbox);
        let ended = || Error::source_failed(T::NAME, "the thread that reads could not be started");
        let thread = std::thread::Builder::new()
            .name(format!("read {}", T::NAME))
            .spawn(move || driver.run(self.open, opened))
            .map_err(|_| ended())?;
        let shared = is_open.await.map_err(|_| ended())??;
        Ok(Table { shared: Arc::clone(&shared), requests, thread: Some(thread) })
    }
}
