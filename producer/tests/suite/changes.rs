//! What each change writes to the database, and which records it gives.
use std::collections::BTreeSet;

use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::{
    AvtaleDetails, CommandError, GjennomforingDetails, Joined, OutboxRow, Relast, Selection, jobs,
};
use tiltak_schema::kodeverk::{GjennomforingStatus, Oppstart, Tiltakskode};
use tiltak_schema::scalar::GjennomforingId;

use super::{Setup, at, morning};

const V2: &str = "siste-tiltaksgjennomforinger-v2";
const ARENA: &str = "arena-migrering-tiltaksgjennomforinger-v1";
const DATAVAREHUS: &str = "datavarehus-tiltak-v1";

fn keys<'a>(rows: &'a [OutboxRow], topic: &str) -> Vec<&'a str> {
    rows.iter().filter(|row| row.topic == topic).map(|row| row.key.as_str()).collect()
}

#[tokio::test]
async fn an_edit_changes_the_gjennomforing_and_gives_its_new_state() {
    let setup = Setup::new().await;
    let before = setup.editable().await;
    let mut details = GjennomforingDetails::of(&before).unwrap();
    details.navn = "Et nytt navn".to_owned();

    setup.producer.edit_gjennomforing(before.id, details, morning()).await.unwrap();

    let after = setup.get(before.id).await.unwrap();
    assert_eq!(after.navn.as_deref(), Some("Et nytt navn"));
    assert_eq!(after.oppdatert, morning().instant());
    let rows = setup.take_outbox().await;
    let id = before.id.to_string();
    assert_eq!(keys(&rows, V2), [&id]);
    assert_eq!(keys(&rows, DATAVAREHUS), [&id]);
    assert!(rows.iter().all(|row| row.value.as_ref().unwrap().contains("Et nytt navn")));
}

#[tokio::test]
async fn a_refused_edit_changes_nothing_and_gives_no_record() {
    let setup = Setup::new().await;
    let before = setup.editable().await;
    let mut details = GjennomforingDetails::of(&before).unwrap();
    details.antall_plasser = 0;

    let error = setup.producer.edit_gjennomforing(before.id, details.clone(), morning()).await.unwrap_err();

    assert!(matches!(&error, CommandError::Rule(rule) if rule.name == "antall-plasser-over-null"), "{error}");
    // Not a number that JSON can write: the database must not have it either.
    details.antall_plasser = 1;
    details.deltidsprosent = f64::INFINITY;
    setup.producer.edit_gjennomforing(before.id, details, morning()).await.unwrap_err();
    assert_eq!(setup.get(before.id).await, Some(before));
    assert!(setup.take_outbox().await.is_empty());
}

#[tokio::test]
async fn a_new_gjennomforing_has_the_arrangor_of_its_avtale_and_the_next_number() {
    let setup = Setup::new().await;
    let model = setup.editable().await;
    let details = GjennomforingDetails::of(&model).unwrap();
    let ids: [GjennomforingId; 2] =
        ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
            .map(|id| id.parse().unwrap());
    for id in ids {
        let (avtale, details) = (model.avtale.unwrap(), details.clone());
        setup.producer.create_gjennomforing(id, avtale, details, morning()).await.unwrap();
    }

    let [first, second] = [setup.get(ids[0]).await.unwrap(), setup.get(ids[1]).await.unwrap()];
    assert_eq!((&first.arrangor, first.status), (&model.arrangor, GjennomforingStatus::Gjennomfores));
    let number = |it: &Gjennomforing| it.lopenummer.as_ref().unwrap().parts().unwrap();
    assert_eq!(number(&second), (2026, number(&first).1 + 1));
    assert_eq!(keys(&setup.take_outbox().await, V2), ids.map(|id| id.to_string()));

    let again = setup.producer.create_gjennomforing(ids[0], model.avtale.unwrap(), details, morning()).await;
    assert!(matches!(again, Err(CommandError::Exists(id)) if id == ids[0]));
}

#[tokio::test]
async fn an_avtale_that_changes_publishes_each_gjennomforing_under_it_once_and_no_other() {
    let setup = Setup::new().await;
    let avtale = setup.editable().await.avtale.unwrap();
    let before = setup.store.begin().await.unwrap().avtale(avtale).await.unwrap().unwrap();
    let details = AvtaleDetails::of(&before);

    assert_eq!(setup.producer.edit_avtale(avtale, details.clone(), morning()).await.unwrap(), 0);
    assert!(setup.take_outbox().await.is_empty(), "details that are the same are no change");

    let details = AvtaleDetails { navn: "Ny avtale".to_owned(), ..details };
    let count = setup.producer.edit_avtale(avtale, details, morning()).await.unwrap();

    let under = setup.all(Selection::Avtale(avtale)).await;
    let under: BTreeSet<String> = under.iter().map(|it| it.gjennomforing.id.to_string()).collect();
    let rows = setup.take_outbox().await;
    assert_eq!((count, keys(&rows, V2).len()), (under.len(), under.len()));
    assert_eq!(keys(&rows, V2).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), under);
    let mut to_warehouse = rows.iter().filter(|row| row.topic == DATAVAREHUS);
    assert!(to_warehouse.all(|row| row.value.as_ref().unwrap().contains("Ny avtale")));
}

#[tokio::test]
async fn the_status_job_closes_what_has_ended_once_and_nothing_else() {
    let setup = Setup::new().await;
    // 22:59:59 UTC is one second before midnight in Norway.
    let (before, midnight) = (at("2026-03-16T22:59:59Z"), at("2026-03-16T23:00:00Z"));
    assert_ne!(before.today(), midnight.today());
    let ended = |it: &Gjennomforing, now: Moment| {
        it.kind == Kind::Avtale
            && it.status == GjennomforingStatus::Gjennomfores
            && it.slutt_dato.is_some_and(|end| end < now.today())
    };
    let all = setup.all(Selection::All).await;
    let all: Vec<_> = all.iter().map(|joined| &joined.gjennomforing).collect();
    let late = all.iter().filter(|it| ended(it, before)).count();
    let mut expected: Vec<_> =
        all.iter().filter(|it| ended(it, midnight)).map(|it| it.id.to_string()).collect();
    assert!(expected.len() > late, "the seed has what ends on this day");

    assert_eq!(jobs::close_ended(&setup.store, before).await.unwrap(), late);
    assert_eq!(jobs::close_ended(&setup.store, midnight).await.unwrap(), expected.len() - late);
    assert_eq!(jobs::close_ended(&setup.store, midnight).await.unwrap(), 0, "nothing is left");

    let rows = setup.take_outbox().await;
    let mut closed = keys(&rows, V2);
    closed.sort_unstable();
    expected.sort();
    assert_eq!(closed, expected);
    for row in rows.iter().filter(|row| row.topic == V2) {
        let value: serde_json::Value = serde_json::from_str(row.value.as_ref().unwrap()).unwrap();
        assert_eq!((&value["status"], &value["apentForPamelding"]), (&"AVSLUTTET".into(), &false.into()));
    }
}

#[tokio::test]
async fn a_relast_publishes_exactly_what_it_names() {
    let setup = Setup::new().await;
    let all = setup.all(Selection::All).await;
    let expected = |wanted: &dyn Fn(&Joined) -> bool| {
        all.iter().filter(|it| wanted(it)).map(|it| it.gjennomforing.id.to_string()).collect::<BTreeSet<_>>()
    };
    let avtale = setup.editable().await.avtale.unwrap();
    let ids = vec![all[3].gjennomforing.id, all[1].gjennomforing.id];
    let code = Tiltakskode::Oppfolging;
    for (relast, expected) in [
        (Relast::All, expected(&|_| true)),
        (Relast::Tiltakskode(code), expected(&|it| it.tiltakstype.tiltakskode == code)),
        (Relast::Avtale(avtale), expected(&|it| it.gjennomforing.avtale == Some(avtale))),
        (Relast::Ids(ids.clone()), expected(&|it| ids.contains(&it.gjennomforing.id))),
    ] {
        assert!(!expected.is_empty(), "{relast:?}");
        let count = setup.producer.relast_gjennomforinger(&relast, |_| {}).await.unwrap();
        let rows = setup.take_outbox().await;
        assert_eq!((count, keys(&rows, V2).len()), (expected.len(), expected.len()), "{relast:?}");
        let found: BTreeSet<_> = keys(&rows, V2).into_iter().map(str::to_owned).collect();
        assert_eq!(found, expected, "{relast:?}");
    }
    assert_eq!(setup.producer.relast_tiltakstyper().await.unwrap(), 18);
    assert_eq!(setup.take_outbox().await.len(), 18);
}

#[tokio::test]
async fn a_removal_deletes_the_gjennomforing_and_gives_two_tombstones() {
    let setup = Setup::new().await;
    let removable = setup.find(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Enkeltplass).await;

    setup.producer.remove_gjennomforing(removable.id).await.unwrap();

    assert_eq!(setup.get(removable.id).await, None);
    let rows = setup.take_outbox().await;
    let id = removable.id.to_string();
    assert_eq!((keys(&rows, V2), keys(&rows, DATAVAREHUS)), (vec![&*id], vec![&*id]));
    assert!(keys(&rows, ARENA).is_empty(), "Arena does not delete");
    assert!(rows.iter().all(|row| row.value.is_none()));
    let again = setup.producer.remove_gjennomforing(removable.id).await.unwrap_err();
    assert_eq!(again.to_string(), format!("there is no gjennomføring {id}"));

    let other = setup.editable().await;
    let refused = setup.producer.remove_gjennomforing(other.id).await.unwrap_err();
    assert!(refused.to_string().contains("bare-enkeltplass-fra-arena-fjernes"), "{refused}");
    assert!(setup.get(other.id).await.is_some());
}
