//! Changes of an arrangør.

use super::{CommandError, Precondition, Producer};
use crate::domain::{Arrangor, Version};
use crate::store::retrying;

impl Producer {
    /// Saves an arrangør, if the precondition holds. Publishes nothing: no payload has more of it than its number, which
    /// is fixed.
    ///
    /// # Errors
    /// An arrangør that is there, or is not, against the precondition.
    pub async fn upsert_arrangor(
        &self,
        arrangor: &Arrangor,
        precondition: &Precondition,
    ) -> Result<(), CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let before = tx.arrangor_for_update(&arrangor.organisasjonsnummer).await?;
            // An arrangør has no versions: one that is there has none that anybody could name.
            let version = before.map(|_| Version::new(0));
            precondition.check("arrangør", &arrangor.organisasjonsnummer, version)?;
            tx.save_arrangor(arrangor).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}
