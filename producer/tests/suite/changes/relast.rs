use std::collections::BTreeSet;

use tiltak_producer::domain::Kind;
use tiltak_producer::domain::kodeverk::Tiltakskode;
use tiltak_producer::{CommandError, GjennomforingAggregate, Relast, Selection};

use super::setup::{Setup, V2, keys, new_id, scalar};

#[tokio::test]
async fn a_relast_publishes_exactly_what_it_names() {
    let setup = Setup::with_scale(200).await;
    let all = setup.all(Selection::All).await;
    let expected = |wanted: &dyn Fn(&GjennomforingAggregate) -> bool| {
        all.iter().filter(|it| wanted(it)).map(|it| it.gjennomforing.id.to_string()).collect::<BTreeSet<_>>()
    };
    let avtale = setup.find(|it| it.kind == Kind::Avtale).await.avtale.unwrap();
    let ids = vec![all[3].gjennomforing.id, all[1].gjennomforing.id];
    let code = Tiltakskode::Oppfolging;
    for (relast, expected) in [
        (Relast::All, expected(&|_| true)),
        (Relast::Tiltakskode(code), expected(&|it| it.tiltakstype.tiltakskode == code)),
        (Relast::Avtale(avtale), expected(&|it| it.gjennomforing.avtale == Some(avtale))),
        (Relast::Ids(ids.clone()), expected(&|it| ids.contains(&it.gjennomforing.id))),
    ] {
        assert!(!expected.is_empty(), "{relast:?}");
        let count = setup.service.relast_gjennomforinger(&relast, |_| {}).await.unwrap();
        let rows = setup.take_outbox().await;
        assert_eq!((count, keys(&rows, V2).len()), (expected.len(), expected.len()), "{relast:?}");
        let found: BTreeSet<_> = keys(&rows, V2).into_iter().map(str::to_owned).collect();
        assert_eq!(found, expected, "{relast:?}");
    }
    assert_eq!(setup.service.relast_tiltakstyper().await.unwrap(), 18);
    assert_eq!(setup.take_outbox().await.len(), 18);
}

#[tokio::test]
async fn a_relast_of_everything_begins_with_the_tiltakstyper() {
    let setup = Setup::new().await;
    assert_eq!(setup.service.relast_everything(|_| {}).await.unwrap(), 118);
    let rows = setup.take_outbox().await;
    assert!(rows[..18].iter().all(|row| row.topic == "siste-tiltakstyper-v3"));
    assert_eq!(keys(&rows[18..], V2).len(), 100);
}

#[tokio::test]
async fn a_relast_of_what_is_not_there_publishes_nothing() {
    let setup = Setup::new().await;
    let some = setup.find(|_| true).await.id;
    let ids = Relast::Ids(vec![some, new_id()]);
    let error = setup.refused(setup.service.relast_gjennomforinger(&ids, |_| {})).await;
    assert!(matches!(error, CommandError::NotFound { entity: "gjennomføring", .. }), "{error}");
    let avtale = Relast::Avtale(scalar("59a64a02-efdd-471d-9529-00000000000a"));
    let error = setup.refused(setup.service.relast_gjennomforinger(&avtale, |_| {})).await;
    assert!(matches!(error, CommandError::NotFound { entity: "avtale", .. }), "{error}");
}
