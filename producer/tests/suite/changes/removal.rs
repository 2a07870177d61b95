use tiltak_producer::commands::RemoveGjennomforing;
use tiltak_producer::domain::Kind;
use tiltak_producer::domain::kodeverk::Oppstart;

use super::setup::{ARENA, DATAVAREHUS, Setup, V2, keys, morning};

#[tokio::test]
async fn a_removal_deletes_the_gjennomforing_and_gives_two_tombstones() {
    let setup = Setup::new().await;
    let removable = setup.find(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Enkeltplass).await;

    setup.service.execute(RemoveGjennomforing { id: removable.id }, morning()).await.unwrap();

    assert!(setup.store.begin().await.unwrap().gjennomforing(removable.id).await.unwrap().is_none());
    let rows = setup.take_outbox().await;
    let id = removable.id.to_string();
    assert_eq!((keys(&rows, V2), keys(&rows, DATAVAREHUS)), (vec![&*id], vec![&*id]));
    assert!(keys(&rows, ARENA).is_empty(), "Arena does not delete");
    assert!(rows.iter().all(|row| row.value.is_none()));
    let again =
        setup.refused(setup.service.execute(RemoveGjennomforing { id: removable.id }, morning())).await;
    assert_eq!(again.to_string(), format!("there is no gjennomføring {id}"));
}

#[tokio::test]
async fn nothing_but_an_enkeltplass_from_arena_is_removed() {
    let setup = Setup::new().await;
    for (kind, oppstart) in [
        (Kind::Avtale, Oppstart::Lopende),
        (Kind::Enkeltplass, Oppstart::Enkeltplass),
        (Kind::Arena, Oppstart::Lopende),
    ] {
        let it = setup.find(|it| it.kind == kind && it.oppstart == oppstart).await;
        let removal = setup.service.execute(RemoveGjennomforing { id: it.id }, morning());
        setup.breaks("bare-enkeltplass-fra-arena-fjernes", removal).await;
    }
}
