//! Opening the database, and trying again until it is there.

use std::pin::pin;
use std::time::Duration;

use super::{Config, ServiceError};
use crate::app::App;
use crate::commands::CommandService;
use crate::store::{Store, StoreError};

/// The pauses between two attempts: each is twice as long as the one before.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// Tries until the database is there. `None` if the service is to stop before.
pub(super) async fn connect(
    app: &App,
    config: &Config,
    stop: impl Future<Output = ()>,
) -> Result<Option<CommandService>, ServiceError> {
    let mut stop = pin!(stop);
    let (mut pause, longest) = PAUSES;
    loop {
        let connected = tokio::select! {
            connected = Store::connect(&config.database) => connected,
            () = &mut stop => return Ok(None),
        };
        match connected {
            Ok(store) => {
                let service = CommandService::new(store).with_migrated(config.migrert.clone());
                app.connected(service.clone());
                return Ok(Some(service));
            }
            Err(error @ (StoreError::Url(_) | StoreError::NotUnicode(_))) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "no database; trying again");
                app.not_connected(error.to_string());
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(longest),
            () = &mut stop => return Ok(None),
        }
    }
}
