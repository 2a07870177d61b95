//! Staff end a gjennomføring of kind AVTALE, cut it off, or open it again. Each publishes it.

use tiltak_schema::kodeverk::GjennomforingStatus;
use tiltak_schema::scalar::{GjennomforingId, LocalDate};

use super::{Basis, CommandError, Producer};
use crate::domain::{Version, rules};

impl Producer {
    /// Ends a gjennomføring whose last day is over: AVSLUTTET, and closed for påmelding.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn avslutt_gjennomforing(
        &self,
        id: GjennomforingId,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, today| {
            rules::check_avslutt(&joined.gjennomforing, today)?;
            joined.gjennomforing.status = GjennomforingStatus::Avsluttet;
            joined.gjennomforing.apent_for_pamelding = false;
            Ok(())
        })
        .await
    }

    /// Cuts a gjennomføring off at a date: AVLYST if it has not started by then, else AVBRUTT; and closed for påmelding.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn avbryt_gjennomforing(
        &self,
        id: GjennomforingId,
        date: LocalDate,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, _| {
            let avbrudd = rules::avbryt(&joined.gjennomforing, date)?;
            joined.gjennomforing.status = avbrudd.status;
            joined.gjennomforing.slutt_dato = avbrudd.slutt_dato;
            joined.gjennomforing.apent_for_pamelding = false;
            Ok(())
        })
        .await
    }

    /// Opens an ended gjennomføring again, with a new sluttDato. It stays closed for påmelding.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn gjenapne_gjennomforing(
        &self,
        id: GjennomforingId,
        slutt_dato: LocalDate,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, today| {
            rules::check_gjenapne(&joined.gjennomforing, slutt_dato, today)?;
            joined.gjennomforing.status = GjennomforingStatus::Gjennomfores;
            joined.gjennomforing.slutt_dato = Some(slutt_dato);
            Ok(())
        })
        .await
    }
}
