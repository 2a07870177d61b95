//! Commands of an enkeltplass. Each publishes it.

#![allow(missing_docs, reason = "the names of the fields say what they are")]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{Enhetsnummer, GjennomforingId, LocalDate, Organisasjonsnummer, TiltakstypeId};

use super::aggregate::EnkeltplassVacancy;
use super::{Command, Effect};
use crate::domain::kodeverk::{Oppstart, PameldingType};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{Gjennomforing, GjennomforingAggregate, Kind, Moment};

/// The details of an enkeltplass that staff edit. Arena is told of it once it has a startDato, and then needs navn,
/// deltidsprosent and the responsible unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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
    /// The details of an enkeltplass.
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
pub struct CreateEnkeltplass {
    pub id: GjennomforingId,
    pub tiltakstype: TiltakstypeId,
    pub arrangor: Organisasjonsnummer,
    pub details: EnkeltplassDetails,
}

impl Command for CreateEnkeltplass {
    fn decide(&self, vacancy: EnkeltplassVacancy, now: Moment) -> Result<Effect, BrokenRule> {
        let EnkeltplassVacancy { id, tiltakstype } = vacancy;
        let arrangor = self.arrangor.clone();
        let mut enkeltplass = Gjennomforing::new(id, Kind::Enkeltplass, tiltakstype.id, arrangor, now);
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
