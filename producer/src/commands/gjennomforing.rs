//! Commands of a gjennomføring of kind AVTALE. Each publishes it.

#![allow(missing_docs, reason = "the names of the fields say what they are")]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId, LocalDate};

use super::aggregate::GjennomforingVacancy;
use super::{Command, Effect};
use crate::domain::kodeverk::{Oppstart, PameldingType};
use crate::domain::rules::{self, BrokenRule};
use crate::domain::{
    ArenaData, Gjennomforing, GjennomforingAggregate, GjennomforingVeilederinfo, Kind, Moment, StengtPeriode,
};

/// The details of a gjennomføring that staff edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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
    /// The details of a gjennomføring; `None` for an enkeltplass that lacks a required one.
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

/// Makes a gjennomføring of kind AVTALE, whose tiltakstype and arrangør are those of the avtale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NewGjennomforing")]
pub struct CreateGjennomforing {
    pub id: GjennomforingId,
    pub avtale: AvtaleId,
    pub details: GjennomforingDetails,
}

impl Command for CreateGjennomforing {
    fn decide(&self, vacancy: GjennomforingVacancy, now: Moment) -> Result<Effect, BrokenRule> {
        let GjennomforingVacancy { id, avtale, tiltakstype } = vacancy;
        let arrangor = rules::active_arrangor(&avtale, now.today())?;
        let mut gjennomforing = Gjennomforing {
            avtale: Some(avtale.id),
            apent_for_pamelding: true,
            ..Gjennomforing::new(id, Kind::Avtale, tiltakstype.id, arrangor, now)
        };
        self.details.clone().apply(&mut gjennomforing);
        rules::check_new(&gjennomforing, &avtale, &tiltakstype, now.today())?;
        let (avtale, kategorisering) = (Some(avtale), None);
        let new = GjennomforingAggregate { gjennomforing, tiltakstype, avtale, kategorisering };
        Ok(Effect::PublishGjennomforing(Box::new(new)))
    }
}

/// Edits the details of a gjennomføring.
#[derive(Debug, Clone)]
pub struct EditGjennomforing {
    pub id: GjennomforingId,
    pub details: GjennomforingDetails,
}

impl Command for EditGjennomforing {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        let before = it.gjennomforing.clone();
        self.details.clone().apply(&mut it.gjennomforing);
        rules::check_edit(&before, &it.gjennomforing, it.avtale.as_ref(), &it.tiltakstype, now.today())?;
        Ok(it.published(now))
    }
}

/// Edits what counsellors read of a gjennomføring.
#[derive(Debug, Clone)]
pub struct EditGjennomforingVeilederinfo {
    pub id: GjennomforingId,
    pub veilederinfo: GjennomforingVeilederinfo,
}

impl Command for EditGjennomforingVeilederinfo {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_editable(&it.gjennomforing)?;
        it.gjennomforing.veilederinfo.clone_from(&self.veilederinfo);
        Ok(it.published(now))
    }
}

/// Opens a gjennomføring for påmelding, or closes it.
#[derive(Debug, Clone)]
pub struct SetApentForPamelding {
    pub id: GjennomforingId,
    pub apent: bool,
}

impl Command for SetApentForPamelding {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_editable(&it.gjennomforing)?;
        it.gjennomforing.apent_for_pamelding = self.apent;
        Ok(it.published(now))
    }
}

/// Replaces the periods in which the arrangør is closed.
#[derive(Debug, Clone)]
pub struct SetStengt {
    pub id: GjennomforingId,
    pub stengt: Vec<StengtPeriode>,
}

impl Command for SetStengt {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_editable(&it.gjennomforing)?;
        rules::check_stengt(&self.stengt)?;
        it.gjennomforing.stengt.clone_from(&self.stengt);
        Ok(it.published(now))
    }
}

/// Sets the day from which the arrangør sees the gjennomføring; `None`: from the start.
#[derive(Debug, Clone)]
pub struct SetTilgjengeligForArrangor {
    pub id: GjennomforingId,
    pub dato: Option<LocalDate>,
}

impl Command for SetTilgjengeligForArrangor {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        rules::check_editable(&it.gjennomforing)?;
        it.gjennomforing.tilgjengelig_for_arrangor_dato = self.dato;
        Ok(it.published(now))
    }
}

/// Stores Arena's data of a gjennomføring of any kind and status. The same data again change nothing and publish
/// nothing.
#[derive(Debug, Clone)]
pub struct SetArenaData {
    pub id: GjennomforingId,
    pub arena: ArenaData,
}

impl Command for SetArenaData {
    fn decide(&self, mut it: GjennomforingAggregate, now: Moment) -> Result<Effect, BrokenRule> {
        if it.gjennomforing.arena == self.arena {
            return Ok(Effect::Unchanged(it.gjennomforing.version));
        }
        it.gjennomforing.arena = self.arena.clone();
        Ok(it.published(now))
    }
}
