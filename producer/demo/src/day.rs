//! One day: a first publication, edits, an avtale change that fans out, midnight, a relast, a removal.

use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;
use tiltak_producer::commands::{CreateGjennomforing, EditAvtale, EditGjennomforing, RemoveGjennomforing};
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Oppstart, Tiltakskode};
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::relay::Relay;
use tiltak_producer::{
    AvtaleDetails, CommandService, FANOUT_DELAY, GjennomforingDetails, Relast, Selection, Store, jobs,
};
use tiltak_schema::scalar::GjennomforingId;

use crate::report::Steps;

/// One gjennomføring in this many is edited.
const EDITED: usize = 20;
/// From the morning to past midnight in Norway.
const TO_MIDNIGHT: SignedDuration = SignedDuration::from_hours(16);
/// The gjennomføring that is made.
const NEW: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";

/// Publishes everything, and plays the day: edits, a new gjennomføring, an avtale with another name, midnight, a
/// relast and a removal.
///
/// # Errors
///
/// If a command is refused, or a record cannot be published.
pub async fn play(store: &Store, relay: &mut Relay, morning: Moment, steps: &Steps) -> Result<()> {
    let producer = CommandService::new(store.clone());

    producer.relast_tiltakstyper().await?;
    producer.relast_gjennomforinger(&Relast::All, |_| {}).await?;
    publish(store, relay, steps, "first publication").await?;

    let all = load(store).await?;
    let editable: Vec<&Gjennomforing> = all
        .iter()
        .filter(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores)
        .collect();
    for gjennomforing in editable.iter().take(all.len().div_ceil(EDITED)) {
        let mut details = GjennomforingDetails::of(gjennomforing).context("kind AVTALE has all details")?;
        details.antall_plasser += 1;
        producer.execute(EditGjennomforing { id: gjennomforing.id, details }, morning).await?;
    }
    let model = editable.first().context("a gjennomføring to edit")?;
    let avtale = model.avtale.context("kind AVTALE has an avtale")?;
    let details = GjennomforingDetails::of(model).context("kind AVTALE has all details")?;
    producer.execute(CreateGjennomforing { id: new_id()?, avtale, details }, morning).await?;
    publish(store, relay, steps, "edits").await?;

    let mut avtale_details = {
        let mut tx = store.begin().await?;
        AvtaleDetails::of(&tx.avtale(avtale).await?.context("the avtale of a gjennomføring")?)
    };
    avtale_details.navn.push_str(" (endret)");
    producer.execute(EditAvtale { id: avtale, details: avtale_details }, morning).await?;
    let fanouts = jobs::run_due_fanouts(&producer, later(morning, FANOUT_DELAY)?).await?;
    ensure!(fanouts.avtaler == 1 && fanouts.refused.is_empty(), "the avtale fans out");
    publish(store, relay, steps, "avtale edit").await?;

    jobs::run_due(&producer, later(morning, TO_MIDNIGHT)?).await?;
    publish(store, relay, steps, "midnight").await?;

    producer.relast_tiltakstyper().await?;
    producer.relast_gjennomforinger(&Relast::Tiltakskode(Tiltakskode::Oppfolging), |_| {}).await?;
    publish(store, relay, steps, "relast").await?;

    let removed = all
        .iter()
        .find(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Enkeltplass)
        .context("an enkeltplass from Arena")?;
    producer.execute(RemoveGjennomforing { id: removed.id }, morning).await?;
    publish(store, relay, steps, "removal").await
}

fn later(moment: Moment, by: SignedDuration) -> Result<Moment> {
    Moment::at(moment.instant().timestamp().checked_add(by)?).context("a year after 0")
}

fn new_id() -> Result<GjennomforingId> {
    NEW.parse().context("a UUID")
}

async fn publish(store: &Store, relay: &mut Relay, steps: &Steps, what: &str) -> Result<()> {
    let step = steps.start(&format!("publishing: {what}"), store.outbox().record_count().await?);
    relay.drain(|done| step.set(done)).await?;
    step.finish();
    Ok(())
}

async fn load(store: &Store) -> Result<Vec<Gjennomforing>> {
    let mut tx = store.begin().await?;
    let all = tx.gjennomforinger(Selection::All, None, u32::MAX).await?;
    Ok(all.into_iter().map(|joined| joined.gjennomforing).collect())
}
