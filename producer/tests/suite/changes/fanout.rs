//! The fan-out of an avtale to the gjennomføringer under it.

use std::collections::BTreeSet;

use tiltak_producer::commands::{EditAvtale, EditGjennomforing};
use tiltak_producer::domain::kodeverk::Tiltakskode;
use tiltak_producer::domain::{Gjennomforing, Kind};
use tiltak_producer::jobs::run_due_fanouts;
use tiltak_producer::{AvtaleDetails, CommandService, Selection, Store};
use tiltak_schema::scalar::AvtaleId;

use super::setup::{ALL_THREE, DATAVAREHUS, Setup, V2, details, keys, seconds_later};

async fn rename(setup: &Setup, avtale: AvtaleId, navn: &str, second: i64) {
    let details = AvtaleDetails { navn: navn.to_owned(), ..setup.avtale_details().await };
    setup.service.execute(EditAvtale { id: avtale, details }, seconds_later(second)).await.unwrap();
}

/// The avtaler and gjennomføringer that are fanned out at a second.
async fn run(setup: &Setup, second: i64) -> (usize, usize) {
    let fanouts = run_due_fanouts(&setup.service, seconds_later(second)).await.unwrap();
    assert!(fanouts.refused.is_empty(), "{:?}", fanouts.refused);
    (fanouts.avtaler, fanouts.gjennomforinger)
}

#[tokio::test]
async fn an_edit_publishes_each_gjennomforing_under_the_avtale_once_and_no_other() {
    let setup = Setup::new().await;
    let avtale = setup.find(|it| it.kind == Kind::Avtale).await.avtale.unwrap();
    let under: BTreeSet<String> =
        setup.all(Selection::Avtale(avtale)).await.iter().map(|it| it.gjennomforing.id.to_string()).collect();
    assert!(under.len() > 1);

    rename(&setup, avtale, "Ny avtale", 0).await;
    assert_eq!(run(&setup, 29).await, (0, 0), "it is not due");
    setup.assert_nothing_published().await;
    assert_eq!(run(&setup, 30).await, (1, under.len()));

    let rows = setup.take_outbox().await;
    assert_eq!(keys(&rows, V2).len(), under.len());
    assert_eq!(keys(&rows, V2).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), under);
    let mut to_warehouse = rows.iter().filter(|row| row.topic == DATAVAREHUS);
    assert!(to_warehouse.all(|row| row.value.as_ref().unwrap().contains("Ny avtale")));
    assert_eq!(run(&setup, 60).await, (0, 0), "it is done");
}

#[tokio::test]
async fn edits_within_the_delay_are_published_together_and_do_not_put_it_off() {
    let setup = Setup::new().await;
    let gjennomforing = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let avtale = gjennomforing.avtale.unwrap();
    for (second, navn) in [(0, "Første"), (10, "Andre"), (29, "Tredje")] {
        rename(&setup, avtale, navn, second).await;
    }

    assert_eq!(run(&setup, 30).await, (1, 1));

    setup.assert_published(ALL_THREE, gjennomforing.id).await;
    assert_eq!(setup.get_avtale(avtale).await.navn, "Tredje");
    rename(&setup, avtale, "Fjerde", 31).await;
    assert_eq!(run(&setup, 60).await, (0, 0));
    assert_eq!(run(&setup, 61).await, (1, 1), "an edit after it fans out anew");
}

#[tokio::test]
async fn an_edit_makes_a_fan_out_due_that_a_clock_that_was_ahead_has_put_off() {
    let setup = Setup::new().await;
    let avtale = setup.gjennomforing(Tiltakskode::Oppfolging).await.avtale.unwrap();
    rename(&setup, avtale, "Litt foran", 10 * 60).await;
    rename(&setup, avtale, "Nå", 0).await;

    assert_eq!(run(&setup, 29).await, (0, 0));
    assert_eq!(run(&setup, 30).await, (1, 1));
}

#[tokio::test]
async fn a_fan_out_that_a_clock_has_put_off_by_years_is_made_at_once_and_is_not_made_again() {
    let setup = Setup::new().await;
    let avtale = setup.gjennomforing(Tiltakskode::Oppfolging).await.avtale.unwrap();
    rename(&setup, avtale, "Langt foran", 4 * 365 * 24 * 60 * 60).await;

    assert_eq!(run(&setup, 0).await, (1, 1));
    assert_eq!(run(&setup, 60).await, (0, 0));
    assert_eq!(setup.pending_fanouts().await, 0);
}

#[tokio::test]
async fn a_fan_out_publishes_what_stands_when_it_is_made() {
    let setup = Setup::new().await;
    let gjennomforing = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let avtale = gjennomforing.avtale.unwrap();
    rename(&setup, avtale, "Ny avtale", 0).await;
    let edited = tiltak_producer::GjennomforingDetails { navn: "Nytt navn".to_owned(), ..details() };
    setup
        .service
        .execute(EditGjennomforing { id: gjennomforing.id, details: edited }, seconds_later(10))
        .await
        .unwrap();
    let later = setup.gjennomforing_under(avtale, details()).await;

    assert_eq!(run(&setup, 30).await, (1, 2));

    let rows = setup.take_outbox().await;
    let of = |id: String| rows.iter().find(|row| row.topic == V2 && row.key == id).unwrap();
    assert!(of(gjennomforing.id.to_string()).value.as_ref().unwrap().contains("Nytt navn"));
    assert!(of(later.id.to_string()).value.is_some());
}

#[tokio::test]
async fn a_fan_out_is_not_lost_when_the_process_ends_before_it() {
    let setup = Setup::new().await;
    let gjennomforing = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    rename(&setup, gjennomforing.avtale.unwrap(), "Ny avtale", 0).await;
    {
        // as when the process ends in the middle of it
        let mut tx = setup.store.begin().await.unwrap();
        assert!(tx.take_fanout(gjennomforing.avtale.unwrap(), seconds_later(30).instant()).await.unwrap());
    }
    setup.store.close().await;

    let store = Store::connect(&setup.database.location()).await.unwrap();
    let service = CommandService::new(store.clone());
    let fanouts = run_due_fanouts(&service, seconds_later(30)).await.unwrap();

    assert_eq!((fanouts.avtaler, fanouts.gjennomforinger), (1, 1));
    assert_eq!(store.outbox().record_count().await.unwrap(), 3);
}

#[tokio::test]
async fn a_fan_out_that_is_refused_writes_nothing_stays_due_and_does_not_hold_up_the_others() {
    let setup = Setup::new().await;
    let good = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let poisoned = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let beside = setup.gjennomforing_under(poisoned.avtale.unwrap(), details()).await;
    rename(&setup, poisoned.avtale.unwrap(), "Ny avtale", 0).await;
    rename(&setup, good.avtale.unwrap(), "Ny avtale", 1).await;
    setup.put(Gjennomforing { navn: None, ..poisoned.clone() }).await;

    let fanouts = run_due_fanouts(&setup.service, seconds_later(60)).await.unwrap();

    assert_eq!((fanouts.avtaler, fanouts.gjennomforinger), (1, 1));
    assert_eq!(fanouts.refused[0].0, poisoned.avtale.unwrap());
    assert!(fanouts.refused[0].1.to_string().ends_with("needs navn, and it is not set"));
    setup.assert_published(ALL_THREE, good.id).await;
    assert_eq!(setup.pending_fanouts().await, 1);

    let mended = Gjennomforing { navn: Some("Navn".to_owned()), ..setup.get(poisoned.id).await };
    setup.put(mended).await;
    assert_eq!(run(&setup, 61).await, (1, 2));
    let rows = setup.take_outbox().await;
    assert!(keys(&rows, V2).contains(&beside.id.to_string().as_str()));
}
