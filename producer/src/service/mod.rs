//! `tiltak-producer serve`: the relay, the jobs and the HTTP interface in one process.
//!
//! A missing server does not stop the service. Without the database it answers 503, and is not ready. Without the broker it
//! saves changes, which wait in the outbox, and *is* ready: a process that is not ready would get no changes to save.
//! `/internal/status`, metrics and alerts say that nothing is published.
//!
//! One process of a database holds the lease and publishes. The others stand by: they serve HTTP and run jobs, and the
//! publishing process publishes their changes. If its lease is released, or was not renewed for [`Config::takeover_after`],
//! another process takes over.
//!
//! If the database is older than what is published, or its checkpoint topic was lost (see
//! [`RelayError::Checkpoint`](crate::relay::RelayError)), the relay halts until an operator starts the service again. Changes are
//! saved meanwhile.

mod config;
mod database_supervisor;
mod listener;
mod relay_supervisor;
mod scheduler;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::http;
use crate::store::StoreError;

pub use crate::app::{App, Token, WeakToken};
pub use config::Config;
pub use listener::HttpLimits;

/// How long the database may take to be closed.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);

/// Why the service does not start, or has ended without being stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The HTTP interface could be reached from other machines without a token.
    #[error(
        "{0} can be reached from other machines, and no token is configured; set TILTAK_API_TOKEN or \
         --api-token-file, or listen on 127.0.0.1"
    )]
    NoToken(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The database has failed in a way that waiting does not mend.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A service that listens, and handles nothing yet.
#[derive(Debug)]
pub struct Service {
    config: Config,
    listener: TcpListener,
    address: SocketAddr,
}

/// Runs the service until `stop` completes. Then it accepts no more requests, finishes those it has and the current
/// batch, and returns.
///
/// # Errors
/// Those of [`Service::bind`] and [`Service::run`].
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> Result<(), ServiceError> {
    Service::bind(config).await?.run(stop).await
}

impl Service {
    /// Listens on the configured address.
    ///
    /// # Errors
    /// An address that cannot be had; one that other machines reach, without a token.
    pub async fn bind(config: Config) -> Result<Self, ServiceError> {
        if config.token.is_none() && !config.listen.ip().is_loopback() {
            return Err(ServiceError::NoToken(config.listen));
        }
        let listen = |cause| ServiceError::Listen { address: config.listen, cause };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self { config, listener, address })
    }

    /// The address that the service listens on, with the port that the system chose if port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until `stop` completes; see [`run`].
    ///
    /// # Errors
    /// A URL of the database that cannot be read, a listener that is broken.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServiceError> {
        let Self { config, listener, address } = self;
        let app = App::new(config.token.clone());
        tracing::info!(%address, database = %config.database, brokers = config.cluster.brokers(), "serving");
        let (stopping, stopped) = watch::channel(false);
        let work = async {
            let done = tokio::try_join!(
                async {
                    let router = http::router(app.clone());
                    listener::serve(listener, router, config.http.clone(), stopped.clone()).await;
                    Ok(())
                },
                background(&app, &config, stopped.clone()),
            );
            // The one that failed takes the other with it.
            done.map(drop)
        };
        let drained = async {
            stop.await;
            tracing::info!("stopping");
            app.stopping();
            stopping.send_replace(true);
            tokio::time::sleep(config.shutdown_timeout).await;
        };
        tokio::select! {
            done = work => done?,
            () = drained => tracing::warn!(
                seconds = config.shutdown_timeout.as_secs(),
                "what was under way did not end in time; it is undone, or in the outbox"
            ),
        }
        // A request that did not end in time has its connection still.
        let _ = tokio::time::timeout(CLOSE_LIMIT, app.close()).await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// The relay and the jobs, once the database is there.
async fn background(app: &App, config: &Config, stopped: watch::Receiver<bool>) -> Result<(), ServiceError> {
    let Some(commands) = database_supervisor::connect(app, config, until(stopped.clone())).await? else {
        return Ok(());
    };
    tokio::join!(
        relay_supervisor::publish(app, commands.store(), config, stopped.clone()),
        scheduler::run_jobs(app, &commands, config.tick, stopped),
    );
    Ok(())
}

/// Returns when the service is to stop.
async fn until(mut stopped: watch::Receiver<bool>) {
    // The sender is there for as long as anybody waits.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
