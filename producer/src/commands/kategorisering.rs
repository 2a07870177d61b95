//! What kind of training a gjennomføring gives.

use tiltak_schema::scalar::GjennomforingId;

use super::{Basis, CommandError, Producer, load_gjennomforing};
use crate::domain::{Kategorisering, Kind, Version, rules};
use crate::store::retrying;

impl Producer {
    /// Sets what kind of training a gjennomføring gives, or that nobody has said so, and publishes the gjennomføring:
    /// it is an edit of its details.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn set_kategorisering(
        &self,
        id: GjennomforingId,
        kategorisering: Option<Kategorisering>,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        let basis = basis.into();
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut joined = load_gjennomforing(&mut tx, id).await?;
            let gjennomforing = &mut joined.gjennomforing;
            basis.check("gjennomføring", id, gjennomforing.version)?;
            match gjennomforing.kind {
                Kind::Enkeltplass => rules::check_editable_enkeltplass(gjennomforing)?,
                Kind::Avtale | Kind::Arena => rules::check_editable(gjennomforing)?,
            }
            match &kategorisering {
                Some(given) => {
                    rules::check_kategorisering(given, joined.tiltakstype.tiltakskode)?;
                    tx.save_kategorisering(id, given).await?;
                }
                None => tx.remove_kategorisering(id).await?,
            }
            gjennomforing.published_at(basis.now());
            joined.kategorisering.clone_from(&kategorisering);
            self.save_and_publish(&mut tx, &joined).await?;
            tx.commit().await?;
            Ok(joined.gjennomforing.version)
        })
        .await
    }
}
