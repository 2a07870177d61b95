//! Edits of a gjennomføring of kind AVTALE. Each publishes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::kodeverk::{GjennomforingStatus, Oppstart, PameldingType};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId, LocalDate};

use super::{Basis, CommandError, Producer, load_avtale, load_gjennomforing, load_tiltakstype, require_new};
use crate::domain::{
    ArenaData, Gjennomforing, GjennomforingVeilederinfo, Kind, Moment, StengtPeriode, Version, rules,
};
use crate::store::{Joined, retrying};

/// The details of a gjennomføring that staff edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the payload")]
pub struct GjennomforingDetails {
    pub navn: String,
    pub oppstart: Oppstart,
    pub pamelding_type: PameldingType,
    pub start_dato: LocalDate,
    pub slutt_dato: Option<LocalDate>,
    pub antall_plasser: i32,
    pub deltidsprosent: f64,
    pub oppmote_sted: Option<String>,
}

impl GjennomforingDetails {
    /// The details that a gjennomføring has; `None` if it is an enkeltplass, which lacks most of them.
    pub fn of(gjennomforing: &Gjennomforing) -> Option<Self> {
        Some(Self {
            navn: gjennomforing.navn.clone()?,
            oppstart: gjennomforing.oppstart,
            pamelding_type: gjennomforing.pamelding_type,
            start_dato: gjennomforing.start_dato?,
            slutt_dato: gjennomforing.slutt_dato,
            antall_plasser: gjennomforing.antall_plasser?,
            deltidsprosent: gjennomforing.deltidsprosent?,
            oppmote_sted: gjennomforing.oppmote_sted.clone(),
        })
    }

    fn apply(self, gjennomforing: &mut Gjennomforing) {
        gjennomforing.navn = Some(self.navn);
        gjennomforing.oppstart = self.oppstart;
        gjennomforing.pamelding_type = self.pamelding_type;
        gjennomforing.start_dato = Some(self.start_dato);
        gjennomforing.slutt_dato = self.slutt_dato;
        gjennomforing.antall_plasser = Some(self.antall_plasser);
        gjennomforing.deltidsprosent = Some(self.deltidsprosent);
        gjennomforing.oppmote_sted = self.oppmote_sted;
    }
}

impl Producer {
    /// Makes a gjennomføring of kind AVTALE, whose tiltakstype and arrangør are those of the avtale.
    ///
    /// # Errors
    /// A rule that is broken, an avtale that is not there, an id that is taken.
    pub async fn create_gjennomforing(
        &self,
        id: GjennomforingId,
        avtale: AvtaleId,
        details: GjennomforingDetails,
        now: Moment,
    ) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            require_new(&mut tx, id).await?;
            let avtale = load_avtale(&mut tx, avtale).await?;
            let tiltakstype = load_tiltakstype(&mut tx, avtale.tiltakstype).await?;
            let arrangor = rules::active_arrangor(&avtale, now.today())?;
            let mut gjennomforing = Gjennomforing {
                id,
                kind: Kind::Avtale,
                tiltakstype: tiltakstype.id,
                arrangor,
                avtale: Some(avtale.id),
                lopenummer: None,
                status: GjennomforingStatus::Gjennomfores,
                oppstart: details.oppstart,
                pamelding_type: details.pamelding_type,
                navn: None,
                start_dato: None,
                slutt_dato: None,
                tilgjengelig_for_arrangor_dato: None,
                apent_for_pamelding: true,
                antall_plasser: None,
                deltidsprosent: None,
                oppmote_sted: None,
                arena: ArenaData::default(),
                ansvarlig_enhet: None,
                veilederinfo: GjennomforingVeilederinfo::default(),
                stengt: Vec::new(),
                publisert: false,
                ventetid: None,
                opprettet: now.instant(),
                oppdatert: now.instant(),
                version: Version::FIRST,
            };
            details.clone().apply(&mut gjennomforing);
            rules::check_new(&gjennomforing, &avtale, &tiltakstype, now.today())?;
            gjennomforing.lopenummer = Some(tx.next_lopenummer(now.today()).await?);
            let joined = Joined { gjennomforing, tiltakstype, avtale: Some(avtale), kategorisering: None };
            self.save_and_publish(&mut tx, &joined).await?;
            tx.commit().await?;
            Ok(joined.gjennomforing.version)
        })
        .await
    }

    /// Edits the details.
    ///
    /// # Errors
    /// A rule that is broken, a gjennomføring that is not there, a version that is not the expected one.
    pub async fn edit_gjennomforing(
        &self,
        id: GjennomforingId,
        details: GjennomforingDetails,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, today| {
            let before = joined.gjennomforing.clone();
            let after = &mut joined.gjennomforing;
            details.clone().apply(after);
            rules::check_edit(&before, after, joined.avtale.as_ref(), &joined.tiltakstype, today)
        })
        .await
    }

    /// Edits what counsellors read of a gjennomføring.
    ///
    /// # Errors
    /// As [`Producer::edit_gjennomforing`].
    pub async fn edit_gjennomforing_veilederinfo(
        &self,
        id: GjennomforingId,
        veilederinfo: GjennomforingVeilederinfo,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, _| {
            rules::check_editable(&joined.gjennomforing)?;
            joined.gjennomforing.veilederinfo = veilederinfo.clone();
            Ok(())
        })
        .await
    }

    /// Opens a gjennomføring for påmelding, or closes it.
    ///
    /// # Errors
    /// As [`Producer::edit_gjennomforing`].
    pub async fn set_apent_for_pamelding(
        &self,
        id: GjennomforingId,
        apent: bool,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, _| {
            rules::check_editable(&joined.gjennomforing)?;
            joined.gjennomforing.apent_for_pamelding = apent;
            Ok(())
        })
        .await
    }

    /// Sets when the arrangør is closed, in place of what was set before.
    ///
    /// # Errors
    /// As [`Producer::edit_gjennomforing`].
    pub async fn set_stengt(
        &self,
        id: GjennomforingId,
        periods: Vec<StengtPeriode>,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, _| {
            rules::check_editable(&joined.gjennomforing)?;
            rules::check_stengt(&periods)?;
            joined.gjennomforing.stengt.clone_from(&periods);
            Ok(())
        })
        .await
    }

    /// Sets from which day the arrangør sees the gjennomføring; `None`: as soon as it is there.
    ///
    /// # Errors
    /// As [`Producer::edit_gjennomforing`].
    pub async fn set_tilgjengelig_for_arrangor(
        &self,
        id: GjennomforingId,
        date: Option<LocalDate>,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, _| {
            rules::check_editable(&joined.gjennomforing)?;
            joined.gjennomforing.tilgjengelig_for_arrangor_dato = date;
            Ok(())
        })
        .await
    }

    /// Notes what Arena knows of a gjennomføring of any kind and status. What is the same as before changes nothing
    /// and publishes nothing.
    ///
    /// # Errors
    /// A gjennomføring that is not there, a version that is not the expected one.
    pub async fn set_arena_data(
        &self,
        id: GjennomforingId,
        arena: ArenaData,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        let basis = basis.into();
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut joined = load_gjennomforing(&mut tx, id).await?;
            basis.check("gjennomføring", id, joined.gjennomforing.version)?;
            if joined.gjennomforing.arena != arena {
                joined.gjennomforing.arena = arena.clone();
                joined.gjennomforing.published_at(basis.now());
                self.save_and_publish(&mut tx, &joined).await?;
                tx.commit().await?;
            }
            Ok(joined.gjennomforing.version)
        })
        .await
    }
}
