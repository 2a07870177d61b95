//! Changes of an arrangør.

use super::{CommandError, Producer};
use crate::domain::Arrangor;
use crate::store::retrying;

impl Producer {
    /// Saves an arrangør. Publishes nothing: no payload has more of it than its number, which is fixed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn upsert_arrangor(&self, arrangor: &Arrangor) -> Result<(), CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            tx.save_arrangor(arrangor).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}
