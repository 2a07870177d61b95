//! Edits of an enkeltplass. Each publishes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::kodeverk::{GjennomforingStatus, Oppstart, PameldingType};
use tiltak_schema::scalar::{Enhetsnummer, GjennomforingId, LocalDate, Organisasjonsnummer, TiltakstypeId};

use super::{Basis, CommandError, Producer, load_tiltakstype, require_arrangor, require_new};
use crate::domain::{ArenaData, Gjennomforing, GjennomforingVeilederinfo, Kind, Moment, Version, rules};
use crate::store::{Joined, retrying};

/// The details of an enkeltplass that staff edit. Arena is told of it once it has a startDato, and then needs navn,
/// deltidsprosent and the responsible unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields are those of the payload")]
pub struct EnkeltplassDetails {
    pub oppstart: Oppstart,
    pub pamelding_type: PameldingType,
    pub navn: Option<String>,
    pub start_dato: Option<LocalDate>,
    pub slutt_dato: Option<LocalDate>,
    pub antall_plasser: Option<i32>,
    pub deltidsprosent: Option<f64>,
    pub ansvarlig_enhet: Option<Enhetsnummer>,
}

impl EnkeltplassDetails {
    /// The details that an enkeltplass has.
    pub fn of(enkeltplass: &Gjennomforing) -> Self {
        Self {
            oppstart: enkeltplass.oppstart,
            pamelding_type: enkeltplass.pamelding_type,
            navn: enkeltplass.navn.clone(),
            start_dato: enkeltplass.start_dato,
            slutt_dato: enkeltplass.slutt_dato,
            antall_plasser: enkeltplass.antall_plasser,
            deltidsprosent: enkeltplass.deltidsprosent,
            ansvarlig_enhet: enkeltplass.ansvarlig_enhet.clone(),
        }
    }

    fn apply(self, enkeltplass: &mut Gjennomforing) {
        enkeltplass.oppstart = self.oppstart;
        enkeltplass.pamelding_type = self.pamelding_type;
        enkeltplass.navn = self.navn;
        enkeltplass.start_dato = self.start_dato;
        enkeltplass.slutt_dato = self.slutt_dato;
        enkeltplass.antall_plasser = self.antall_plasser;
        enkeltplass.deltidsprosent = self.deltidsprosent;
        enkeltplass.ansvarlig_enhet = self.ansvarlig_enhet;
    }
}

/// An enkeltplass that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct NewEnkeltplass {
    pub id: GjennomforingId,
    pub tiltakstype: TiltakstypeId,
    pub arrangor: Organisasjonsnummer,
    pub details: EnkeltplassDetails,
}

impl Producer {
    /// Makes an enkeltplass.
    ///
    /// # Errors
    /// A rule that is broken, a tiltakstype or an arrangør that is not there, an id that is taken, a state that cannot
    /// be published.
    pub async fn create_enkeltplass(
        &self,
        new: NewEnkeltplass,
        now: Moment,
    ) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            require_new(&mut tx, new.id).await?;
            let tiltakstype = load_tiltakstype(&mut tx, new.tiltakstype).await?;
            require_arrangor(&mut tx, &new.arrangor).await?;
            let mut enkeltplass = Gjennomforing {
                id: new.id,
                kind: Kind::Enkeltplass,
                tiltakstype: tiltakstype.id,
                arrangor: new.arrangor.clone(),
                avtale: None,
                lopenummer: None,
                status: GjennomforingStatus::Gjennomfores,
                oppstart: new.details.oppstart,
                pamelding_type: new.details.pamelding_type,
                navn: None,
                start_dato: None,
                slutt_dato: None,
                tilgjengelig_for_arrangor_dato: None,
                apent_for_pamelding: false,
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
            new.details.clone().apply(&mut enkeltplass);
            rules::check_new_enkeltplass(&enkeltplass, &tiltakstype, now.today())?;
            let joined =
                Joined { gjennomforing: enkeltplass, tiltakstype, avtale: None, kategorisering: None };
            self.save_and_publish(&mut tx, &joined).await?;
            tx.commit().await?;
            Ok(joined.gjennomforing.version)
        })
        .await
    }

    /// Edits the details of an enkeltplass.
    ///
    /// # Errors
    /// A rule that is broken, an enkeltplass that is not there, a version that is not the expected one, a state that
    /// cannot be published.
    pub async fn edit_enkeltplass(
        &self,
        id: GjennomforingId,
        details: EnkeltplassDetails,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_gjennomforing(id, basis.into(), |joined, today| {
            let before = joined.gjennomforing.clone();
            details.clone().apply(&mut joined.gjennomforing);
            rules::check_edit_enkeltplass(&before, &joined.gjennomforing, &joined.tiltakstype, today)
        })
        .await
    }
}
