//! Changes of an avtale.
//!
//! An edit publishes every gjennomføring under the avtale, later: it leaves a note, which a repeated edit does not
//! add to, and [`run_due_fanouts`](crate::jobs::run_due_fanouts) does the work. Cutting an avtale off or ending it
//! publishes nothing, and so leaves `oppdatert`, which is on a topic, as it is.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tiltak_schema::scalar::{AvtaleId, Enhetsnummer, Instant, LocalDate, Organisasjonsnummer, TiltakstypeId};

use super::{BATCH, Basis, CommandError, Producer, load_avtale, load_tiltakstype, require_arrangor};
use crate::domain::rules::BrokenRule;
use crate::domain::{Avtale, AvtaleVeilederinfo, Moment, Personvern, Prismodell, Version, rules};
use crate::store::{Selection, Transaction, retrying};

/// How long after an edit of an avtale its gjennomføringer are published. Edits in the meantime are published with it.
pub const FANOUT_DELAY: SignedDuration = SignedDuration::from_secs(30);

/// The details of an avtale that staff edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct AvtaleDetails {
    pub navn: String,
    /// Without one, the avtale is a draft.
    pub arrangor: Option<Organisasjonsnummer>,
    pub start_dato: LocalDate,
    pub slutt_dato: Option<LocalDate>,
    pub regioner: Vec<Enhetsnummer>,
}

impl AvtaleDetails {
    /// The details that an avtale has.
    pub fn of(avtale: &Avtale) -> Self {
        Self {
            navn: avtale.navn.clone(),
            arrangor: avtale.arrangor.clone(),
            start_dato: avtale.start_dato,
            slutt_dato: avtale.slutt_dato,
            regioner: avtale.regioner.clone(),
        }
    }
}

/// An avtale that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub struct NewAvtale {
    pub id: AvtaleId,
    pub tiltakstype: TiltakstypeId,
    pub details: AvtaleDetails,
}

impl Producer {
    /// Makes an avtale.
    ///
    /// # Errors
    /// A rule that is broken, a tiltakstype or an arrangør that is not there, an id that is taken.
    pub async fn create_avtale(&self, new: NewAvtale, now: Moment) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            if tx.avtale(new.id).await?.is_some() {
                return Err(CommandError::exists("avtale", new.id));
            }
            let tiltakstype = load_tiltakstype(&mut tx, new.tiltakstype).await?;
            let AvtaleDetails { navn, arrangor, start_dato, slutt_dato, regioner } = new.details.clone();
            let avtale = Avtale {
                id: new.id,
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
            save_and_fan_out(&mut tx, &avtale, now).await?;
            tx.commit().await?;
            Ok(avtale.version)
        })
        .await
    }

    /// Edits the details of an avtale. Details that are the same as before change nothing and publish nothing.
    ///
    /// # Errors
    /// A rule that is broken, an avtale or an arrangør that is not there, a version that is not the expected one, a
    /// gjennomføring under the avtale that could not be published with the new details.
    pub async fn edit_avtale(
        &self,
        id: AvtaleId,
        details: AvtaleDetails,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        let basis = basis.into();
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let before = load_avtale(&mut tx, id).await?;
            basis.check("avtale", id, before.version)?;
            if AvtaleDetails::of(&before) == details {
                return Ok(before.version);
            }
            let AvtaleDetails { navn, arrangor, start_dato, slutt_dato, regioner } = details.clone();
            let mut avtale = Avtale { navn, arrangor, start_dato, slutt_dato, regioner, ..before };
            avtale.published_at(basis.now());
            rules::check_avtale(&avtale)?;
            save_and_fan_out(&mut tx, &avtale, basis.now()).await?;
            self.check_fan_out(&mut tx, id).await?;
            tx.commit().await?;
            Ok(avtale.version)
        })
        .await
    }

    /// Refuses now what the fan-out would refuse later, when nobody is there to mend it.
    async fn check_fan_out(&self, tx: &mut Transaction, id: AvtaleId) -> Result<(), CommandError> {
        let mut after = None;
        loop {
            let page = tx.gjennomforinger(Selection::Avtale(id), after, BATCH).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.gjennomforing.id);
            for joined in &page {
                self.records(joined)?;
            }
        }
    }

    /// Edits which personal data the arrangør handles.
    ///
    /// # Errors
    /// An avtale that is not there, a version that is not the expected one.
    pub async fn edit_avtale_personvern(
        &self,
        id: AvtaleId,
        personvern: Personvern,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_avtale(id, basis.into(), |avtale| avtale.personvern = personvern.clone()).await
    }

    /// Edits what counsellors read of an avtale.
    ///
    /// # Errors
    /// An avtale that is not there, a version that is not the expected one.
    pub async fn edit_avtale_veilederinfo(
        &self,
        id: AvtaleId,
        veilederinfo: AvtaleVeilederinfo,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_avtale(id, basis.into(), |avtale| avtale.veilederinfo = veilederinfo.clone()).await
    }

    /// Edits how the arrangør is paid.
    ///
    /// # Errors
    /// An avtale that is not there, a version that is not the expected one.
    pub async fn edit_avtale_prismodell(
        &self,
        id: AvtaleId,
        prismodell: Prismodell,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.change_avtale(id, basis.into(), |avtale| avtale.prismodell = prismodell.clone()).await
    }

    /// Cuts an active avtale off: AVBRUTT for good. Publishes nothing.
    ///
    /// # Errors
    /// A rule that is broken, an avtale that is not there, a version that is not the expected one.
    pub async fn avbryt_avtale(
        &self,
        id: AvtaleId,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.stop_avtale(id, basis.into(), |avtale, today| {
            rules::check_avbryt_avtale(avtale, today)?;
            avtale.avbrutt = true;
            Ok(())
        })
        .await
    }

    /// Ends an active avtale whose last day is over: AVSLUTTET. Publishes nothing.
    ///
    /// # Errors
    /// A rule that is broken, an avtale that is not there, a version that is not the expected one.
    pub async fn avslutt_avtale(
        &self,
        id: AvtaleId,
        slutt_dato: LocalDate,
        basis: impl Into<Basis>,
    ) -> Result<Version, CommandError> {
        self.stop_avtale(id, basis.into(), |avtale, today| {
            rules::check_avslutt_avtale(avtale, slutt_dato, today)?;
            avtale.slutt_dato = Some(slutt_dato);
            Ok(())
        })
        .await
    }

    async fn change_avtale(
        &self,
        id: AvtaleId,
        basis: Basis,
        change: impl Fn(&mut Avtale),
    ) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut avtale = load_avtale(&mut tx, id).await?;
            basis.check("avtale", id, avtale.version)?;
            change(&mut avtale);
            avtale.published_at(basis.now());
            save_and_fan_out(&mut tx, &avtale, basis.now()).await?;
            tx.commit().await?;
            Ok(avtale.version)
        })
        .await
    }

    async fn stop_avtale(
        &self,
        id: AvtaleId,
        basis: Basis,
        stop: impl Fn(&mut Avtale, LocalDate) -> Result<(), BrokenRule>,
    ) -> Result<Version, CommandError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            let mut avtale = load_avtale(&mut tx, id).await?;
            basis.check("avtale", id, avtale.version)?;
            stop(&mut avtale, basis.now().today())?;
            avtale.version = avtale.version.next();
            tx.save_avtale(&avtale).await?;
            tx.commit().await?;
            Ok(avtale.version)
        })
        .await
    }
}

async fn save_and_fan_out(tx: &mut Transaction, avtale: &Avtale, now: Moment) -> Result<(), CommandError> {
    if let Some(arrangor) = &avtale.arrangor {
        require_arrangor(tx, arrangor).await?;
    }
    tx.save_avtale(avtale).await?;
    Ok(tx.schedule_fanout(avtale.id, due(now)).await?)
}

/// At once when there is no later time.
pub(crate) fn due(now: Moment) -> Instant {
    let later = now.instant().timestamp().checked_add(FANOUT_DELAY).ok();
    later.and_then(Instant::new).unwrap_or_else(|| now.instant())
}
