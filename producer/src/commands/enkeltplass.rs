//! Commands of an enkeltplass. Each publishes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::kodeverk::{GjennomforingStatus, Oppstart, PameldingType};
use tiltak_schema::scalar::{Enhetsnummer, GjennomforingId, LocalDate, Organisasjonsnummer, TiltakstypeId};

use super::aggregate::EnkeltplassVacancy;
use super::{Command, Effect};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{
    ArenaData, Gjennomforing, GjennomforingAggregate, GjennomforingVeilederinfo, Kind, Moment, Version,
};

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

/// Makes an enkeltplass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NewEnkeltplass")]
#[allow(missing_docs, reason = "the names say it")]
pub struct CreateEnkeltplass {
    pub id: GjennomforingId,
    pub tiltakstype: TiltakstypeId,
    pub arrangor: Organisasjonsnummer,
    pub details: EnkeltplassDetails,
}

impl Command for CreateEnkeltplass {
    fn decide(&self, vacancy: EnkeltplassVacancy, now: Moment) -> Result<Effect, BrokenRule> {
        let EnkeltplassVacancy { id, tiltakstype } = vacancy;
        let mut enkeltplass = Gjennomforing {
            id,
            kind: Kind::Enkeltplass,
            tiltakstype: tiltakstype.id,
            arrangor: self.arrangor.clone(),
            avtale: None,
            lopenummer: None,
            status: GjennomforingStatus::Gjennomfores,
            oppstart: self.details.oppstart,
            pamelding_type: self.details.pamelding_type,
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
        self.details.clone().apply(&mut enkeltplass);
        rules::check_new_enkeltplass(&enkeltplass, &tiltakstype, now.today())?;
        Ok(Effect::PublishGjennomforing(Box::new(GjennomforingAggregate {
            gjennomforing: enkeltplass,
            tiltakstype,
            avtale: None,
            kategorisering: None,
        })))
    }
}

/// Edits the details of an enkeltplass.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct EditEnkeltplass {
    pub id: GjennomforingId,
    pub details: EnkeltplassDetails,
}

impl Command for EditEnkeltplass {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        let before = it.gjennomforing.clone();
        self.details.clone().apply(&mut it.gjennomforing);
        rules::check_edit_enkeltplass(&before, &it.gjennomforing, &it.tiltakstype, now.today())?;
        Ok(it.published(now))
    }
}
