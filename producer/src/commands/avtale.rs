//! Commands of an avtale.
//!
//! An edit publishes every gjennomføring under the avtale later. It writes a note, one for each avtale however often
//! it is edited, and [`run_due_fanouts`](crate::jobs::run_due_fanouts) publishes them. Cancelling or ending an avtale
//! publishes nothing, so it leaves `oppdatert`, which is on a topic, as it is.

#![allow(missing_docs, reason = "the names of the fields say what they are")]

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{AvtaleId, Enhetsnummer, Instant, LocalDate, Organisasjonsnummer, TiltakstypeId};

use super::aggregate::AvtaleVacancy;
use super::{Command, Effect};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{Avtale, AvtaleVeilederinfo, Moment, Personvern, Prismodell, Version};

/// The delay between an edit of an avtale and its fan-out. Edits during the delay are published with it.
pub const FANOUT_DELAY: SignedDuration = SignedDuration::from_secs(30);

/// The details of an avtale that staff edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvtaleDetails {
    pub navn: String,
    /// Without one, the avtale is a draft.
    pub arrangor: Option<Organisasjonsnummer>,
    pub start_dato: LocalDate,
    pub slutt_dato: Option<LocalDate>,
    pub regioner: Vec<Enhetsnummer>,
}

impl AvtaleDetails {
    /// The details of an avtale.
    pub fn of(avtale: &Avtale) -> Self {
        Self {
            navn: avtale.navn.clone(),
            arrangor: avtale.arrangor.clone(),
            start_dato: avtale.start_dato,
            slutt_dato: avtale.slutt_dato,
            regioner: avtale.regioner.clone(),
        }
    }

    fn apply(self, avtale: &mut Avtale) {
        avtale.navn = self.navn;
        avtale.arrangor = self.arrangor;
        avtale.start_dato = self.start_dato;
        avtale.slutt_dato = self.slutt_dato;
        avtale.regioner = self.regioner;
    }
}

/// Makes an avtale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NewAvtale")]
pub struct CreateAvtale {
    pub id: AvtaleId,
    pub tiltakstype: TiltakstypeId,
    pub details: AvtaleDetails,
}

impl Command for CreateAvtale {
    fn decide(
        &self,
        AvtaleVacancy { id, tiltakstype }: AvtaleVacancy,
        now: Moment,
    ) -> Result<Effect, BrokenRule> {
        let AvtaleDetails { navn, arrangor, start_dato, slutt_dato, regioner } = self.details.clone();
        let avtale = Avtale {
            id,
            navn,
            tiltakstype: tiltakstype.id,
            arrangor,
            start_dato,
            slutt_dato,
            avbrutt: false,
            regioner,
            personvern: Personvern::default(),
            veilederinfo: AvtaleVeilederinfo::default(),
            prismodell: Prismodell::default(),
            opprettet: now.instant(),
            oppdatert: now.instant(),
            version: Version::FIRST,
        };
        rules::check_new_avtale(&avtale, &tiltakstype)?;
        Ok(Effect::FanOutAvtale(avtale))
    }
}

/// Edits the details of an avtale. Details that are the same as before change nothing and publish nothing.
#[derive(Debug, Clone)]
pub struct EditAvtale {
    pub id: AvtaleId,
    pub details: AvtaleDetails,
}

impl Command for EditAvtale {
    fn decide(&self, mut avtale: Avtale, now: Moment) -> Result<Effect, BrokenRule> {
        if AvtaleDetails::of(&avtale) == self.details {
            return Ok(Effect::Unchanged(avtale.version));
        }
        self.details.clone().apply(&mut avtale);
        rules::check_avtale(&avtale)?;
        avtale.published_at(now);
        Ok(Effect::PublishAvtale(avtale))
    }
}

/// Edits which personal data the arrangør handles.
#[derive(Debug, Clone)]
pub struct EditAvtalePersonvern {
    pub id: AvtaleId,
    pub personvern: Personvern,
}

impl Command for EditAvtalePersonvern {
    fn decide(&self, mut avtale: Avtale, now: Moment) -> Result<Effect, BrokenRule> {
        avtale.personvern = self.personvern.clone();
        avtale.published_at(now);
        Ok(Effect::FanOutAvtale(avtale))
    }
}

/// Edits what counsellors read of an avtale.
#[derive(Debug, Clone)]
pub struct EditAvtaleVeilederinfo {
    pub id: AvtaleId,
    pub veilederinfo: AvtaleVeilederinfo,
}

impl Command for EditAvtaleVeilederinfo {
    fn decide(&self, mut avtale: Avtale, now: Moment) -> Result<Effect, BrokenRule> {
        avtale.veilederinfo = self.veilederinfo.clone();
        avtale.published_at(now);
        Ok(Effect::FanOutAvtale(avtale))
    }
}

/// Edits how the arrangør is paid.
#[derive(Debug, Clone)]
pub struct EditAvtalePrismodell {
    pub id: AvtaleId,
    pub prismodell: Prismodell,
}

impl Command for EditAvtalePrismodell {
    fn decide(&self, mut avtale: Avtale, now: Moment) -> Result<Effect, BrokenRule> {
        avtale.prismodell = self.prismodell.clone();
        avtale.published_at(now);
        Ok(Effect::FanOutAvtale(avtale))
    }
}

/// Cancels an active avtale: AVBRUTT for good. Publishes nothing.
#[derive(Debug, Clone)]
pub struct CancelAvtale {
    pub id: AvtaleId,
}

impl Command for CancelAvtale {
    fn decide(&self, mut avtale: Avtale, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_avbryt_avtale(&avtale, now.today())?;
        avtale.avbrutt = true;
        avtale.version = avtale.version.next();
        Ok(Effect::SaveAvtale(avtale))
    }
}

/// Ends an active avtale whose last day is over: AVSLUTTET. Publishes nothing.
#[derive(Debug, Clone)]
pub struct EndAvtale {
    pub id: AvtaleId,
    pub slutt_dato: LocalDate,
}

impl Command for EndAvtale {
    fn decide(&self, mut avtale: Avtale, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_avslutt_avtale(&avtale, self.slutt_dato, now.today())?;
        avtale.slutt_dato = Some(self.slutt_dato);
        avtale.version = avtale.version.next();
        Ok(Effect::SaveAvtale(avtale))
    }
}

/// When the fan-out of an edit that is made now is due; now, if time has no later moment.
pub(crate) fn due(now: Moment) -> Instant {
    let later = now.instant().timestamp().checked_add(FANOUT_DELAY).ok();
    later.and_then(Instant::new).unwrap_or_else(|| now.instant())
}
