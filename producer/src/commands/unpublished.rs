//! Edits of a gjennomføring that publish nothing (wire contract, section 5): no payload has what they change.

use tiltak_schema::scalar::GjennomforingId;

use super::{Basis, CommandError, Producer, load_gjennomforing};
use crate::domain::{Gjennomforing, Ventetid, Version, rules};
use crate::store::retrying;

impl Producer {
    /// Sets whether Nav's own pages show a gjennomføring.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn set_publisert(
        &self,
        id: GjennomforingId,
        publisert: bool,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_unseen(id, basis.into(), |gjennomforing| gjennomforing.publisert = publisert).await
    }

    /// Sets how long a participant waits, about.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn set_ventetid(
        &self,
        id: GjennomforingId,
        ventetid: Option<Ventetid>,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_unseen(id, basis.into(), |gjennomforing| gjennomforing.ventetid = ventetid).await
    }

    /// Removes a person whom counsellors could ask; it is no error if they are gone already.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn remove_kontaktperson(
        &self,
        id: GjennomforingId,
        kontaktperson: &str,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_unseen(id, basis.into(), |gjennomforing| {
            gjennomforing.veilederinfo.kontaktpersoner.shift_remove(kontaktperson);
        })
        .await
    }

    async fn change_unseen(
        &self,
        id: GjennomforingId,
        basis: Basis,
        change: impl Fn(&mut Gjennomforing),
    ) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut gjennomforing = load_gjennomforing(&mut tx, id).await?.gjennomforing;
            basis.check("gjennomføring", id, gjennomforing.version)?;
            rules::check_editable(&gjennomforing)?;
            change(&mut gjennomforing);
            gjennomforing.changed_unseen();
            tx.save_gjennomforing(&gjennomforing).await?;
            tx.commit().await?;
            Ok(gjennomforing.version)
        })
        .await
    }
}
