//! Many writers at the same gjennomføringer and avtaler: nothing is lost, and each key has its changes in order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tiltak_producer::commands::EditAvtale;
use tiltak_producer::kafka_outbox::OutboxRecord;
use tiltak_producer::publish::MigratedCodes;
use tiltak_producer::{
    AvtaleDetails, CommandService, MayConflict, Selection, Store, StoreError, jobs, publish, retrying,
};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId};

use super::{Setup, at, morning};

const WRITERS: usize = 8;
const CHANGES: usize = 50;
/// Every so many changes of a writer is one of an avtale.
const AVTALE_EVERY: usize = 5;
const AVTALER: usize = 3;
const V2: &str = "siste-tiltaksgjennomforinger-v2";
const DATAVAREHUS: &str = "datavarehus-tiltak-v1";

/// What the writers were told is done.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Of each gjennomføring the numbers of places that it was given: each time one more than before.
    places: BTreeMap<GjennomforingId, Vec<i64>>,
    /// Of each avtale the names that it was given, none of them twice.
    names: BTreeMap<AvtaleId, BTreeSet<String>>,
}

#[derive(Debug)]
enum Failure {
    Store(StoreError),
    Publish(#[expect(dead_code, reason = "shown when the test fails")] publish::PublishError),
}

impl MayConflict for Failure {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Gives a gjennomføring one more place. Their number stands for a version.
async fn add_a_place(store: &Store, id: GjennomforingId) -> Result<i64, Failure> {
    retrying(|| async {
        let mut tx = store.begin().await?;
        let mut aggregate = tx.gjennomforing(id).await?.unwrap();
        let places = aggregate.gjennomforing.antall_plasser.unwrap() + 1;
        aggregate.gjennomforing.antall_plasser = Some(places);
        aggregate.gjennomforing.version = aggregate.gjennomforing.version.next();
        tx.save_gjennomforing(&aggregate.gjennomforing).await?;
        tx.enqueue(
            publish::gjennomforing(&aggregate, &MigratedCodes::production()).map_err(Failure::Publish)?,
        );
        tx.commit().await?;
        Ok(i64::from(places))
    })
    .await
}

/// The gjennomføringer that are written to, each with its avtale and its places, and the avtaler.
struct Targets {
    gjennomforinger: BTreeMap<GjennomforingId, (AvtaleId, i64)>,
    avtaler: BTreeMap<AvtaleId, AvtaleDetails>,
}

impl Targets {
    async fn of(setup: &Setup) -> Self {
        let mut targets = Self { gjennomforinger: BTreeMap::new(), avtaler: BTreeMap::new() };
        for aggregate in setup.all(Selection::All).await {
            let (Some(avtale), Some(places)) = (&aggregate.avtale, aggregate.gjennomforing.antall_plasser)
            else {
                continue;
            };
            if targets.avtaler.len() < AVTALER || targets.avtaler.contains_key(&avtale.id) {
                targets.avtaler.insert(avtale.id, AvtaleDetails::of(avtale));
                targets.gjennomforinger.insert(aggregate.gjennomforing.id, (avtale.id, places.into()));
            }
        }
        assert!(targets.gjennomforinger.len() > AVTALER, "several gjennomføringer to an avtale");
        targets
    }
}

/// One writer's changes: each of another gjennomføring or avtale than the last, which other writers change as well.
async fn write(writer: usize, service: CommandService, store: Store, targets: &Targets) -> Acknowledged {
    let mut acknowledged = Acknowledged::default();
    for change in 0..CHANGES {
        let place = writer * 7 + change;
        if change % AVTALE_EVERY == writer % AVTALE_EVERY {
            let (id, details) = targets.avtaler.iter().nth(place % targets.avtaler.len()).unwrap();
            let navn = format!("Avtale {writer}-{change}");
            let details = AvtaleDetails { navn: navn.clone(), ..details.clone() };
            service.execute(EditAvtale { id: *id, details }, morning()).await.unwrap();
            acknowledged.names.entry(*id).or_default().insert(navn);
        } else {
            let id = *targets.gjennomforinger.keys().nth(place % targets.gjennomforinger.len()).unwrap();
            let places = add_a_place(&store, id).await.unwrap();
            acknowledged.places.entry(id).or_default().push(places);
        }
    }
    acknowledged
}

async fn write_all(setup: &Setup, targets: &std::sync::Arc<Targets>) -> Acknowledged {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (service, store, targets) = (setup.service.clone(), setup.store.clone(), targets.clone());
        writers.spawn(async move { write(writer, service, store, &targets).await });
    }
    let mut all = Acknowledged::default();
    for one in writers.join_all().await {
        for (id, places) in one.places {
            all.places.entry(id).or_default().extend(places);
        }
        for (id, names) in one.names {
            all.names.entry(id).or_default().extend(names);
        }
    }
    all
}

/// What is published for a key, in order, of each change once.
fn history<T: PartialEq>(
    rows: &[OutboxRecord],
    topic: &str,
    key: &str,
    take: impl Fn(&Value) -> T,
) -> (usize, Vec<T>) {
    let rows = rows.iter().filter(|row| row.topic == topic && row.key == key);
    let mut values: Vec<T> =
        rows.map(|row| take(&serde_json::from_str(row.value.as_ref().unwrap()).unwrap())).collect();
    let count = values.len();
    values.dedup();
    (count, values)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_change_is_missing_and_the_changes_of_each_key_are_in_order() {
    let setup = Setup::new().await;
    let targets = std::sync::Arc::new(Targets::of(&setup).await);

    let acknowledged = write_all(&setup, &targets).await;
    let later = at("2026-03-16T09:00:00Z");
    let fanouts = jobs::run_due_fanouts(&setup.service, later).await.unwrap();
    assert_eq!((fanouts.avtaler, fanouts.refused.len()), (acknowledged.names.len(), 0));

    let rows = setup.store.outbox().records(u32::MAX).await.unwrap();
    let mut last_names: BTreeMap<AvtaleId, Option<String>> = BTreeMap::new();
    for (id, (avtale, before)) in &targets.gjennomforinger {
        let mut changes = acknowledged.places.get(id).cloned().unwrap_or_default();
        changes.sort_unstable();
        let expected: Vec<i64> = (before + 1..).take(changes.len()).collect();
        assert_eq!(changes, expected, "{id}: each change has seen the one before");

        // The new names publish the gjennomføring as well, with the places that it has.
        let (count, places) = history(&rows, V2, &id.to_string(), |value| value["antallPlasser"].as_i64());
        let places: Vec<i64> = places.into_iter().flatten().filter(|places| places != before).collect();
        assert_eq!(places, expected, "{id}: every change is published, in order");
        assert_eq!(count, changes.len() + 1, "{id}: and once, and once more for all the names of the avtale");

        let (_, names) = history(&rows, DATAVAREHUS, &id.to_string(), |value| {
            value["avtale"]["navn"].as_str().unwrap().to_owned()
        });
        let names: Vec<String> =
            names.into_iter().skip_while(|name| *name == targets.avtaler[avtale].navn).collect();
        let different: BTreeSet<String> = names.iter().cloned().collect();
        assert_eq!(names.len(), different.len(), "{id}: no name comes back: {names:?}");
        assert!(different.is_subset(&acknowledged.names[avtale]), "{id}: {names:?}");
        let last = last_names.entry(*avtale).or_insert_with(|| names.last().cloned());
        assert_eq!(names.last(), last.as_ref(), "{id}: the last name is that of the avtale");
    }
    for aggregate in setup.all(Selection::All).await {
        let id = aggregate.gjennomforing.id;
        if targets.gjennomforinger.contains_key(&id) {
            for record in publish::gjennomforing(&aggregate, &MigratedCodes::production()).unwrap() {
                let last = rows.iter().rfind(|row| row.topic == record.topic && row.key == record.key);
                assert_eq!(last.unwrap().value, record.value, "{id}: the last record is the state");
            }
        }
    }
}
