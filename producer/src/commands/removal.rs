//! The removal of a gjennomføring.

use tiltak_schema::scalar::GjennomforingId;

use super::{CommandError, Precondition, Producer, load_gjennomforing};
use crate::domain::rules;
use crate::publish;
use crate::store::retrying;

impl Producer {
    /// Removes an enkeltplass that came from Arena, if the precondition holds, and publishes tombstones.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn remove_gjennomforing(
        &self,
        id: GjennomforingId,
        precondition: &Precondition,
    ) -> Result<(), CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let joined = load_gjennomforing(&mut tx, id).await?;
            precondition.check("gjennomføring", id, Some(joined.gjennomforing.version))?;
            rules::check_removal(&joined.gjennomforing)?;
            tx.remove_gjennomforing(id).await?;
            tx.enqueue(publish::removal(id)?);
            Ok(tx.commit().await?)
        })
        .await
    }
}
