use tiltak_producer::commands::CreateEnkeltplass;
use tiltak_producer::commands::EditEnkeltplass;
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use tiltak_producer::domain::{Kind, Version};
use tiltak_producer::{CommandError, EnkeltplassDetails};

use super::setup::{ALL_THREE, NOT_ARENA, Setup, day, enkeltplass_details, morning, scalar, seconds_later};

#[tokio::test]
async fn an_enkeltplass_is_made_and_edited_and_published_each_time() {
    let setup = Setup::new().await;
    let new = setup.new_enkeltplass(Tiltakskode::EnkeltplassArbeidsmarkedsopplaering).await;
    let id = new.id;

    assert_eq!(setup.service.execute(new.clone(), morning()).await.unwrap(), Version::FIRST);
    setup.assert_published(NOT_ARENA, id).await;
    let again = setup.refused(setup.service.execute(new, morning())).await;
    assert!(matches!(again, CommandError::Exists { .. }), "{again}");

    let details = EnkeltplassDetails { ansvarlig_enhet: Some(scalar("0315")), ..enkeltplass_details() };
    setup.service.execute(EditEnkeltplass { id, details: details.clone() }, seconds_later(1)).await.unwrap();
    setup.assert_published(NOT_ARENA, id).await;
    let after = setup.get(id).await;
    assert_eq!((EnkeltplassDetails::of(&after), after.kind), (details, Kind::Enkeltplass));
    assert_eq!((after.version, after.oppdatert), (Version::new(2), seconds_later(1).instant()));
}

#[tokio::test]
async fn arena_is_told_of_a_migrert_enkeltplass_once_it_has_a_start() {
    let setup = Setup::new().await;
    // migrert, and its tiltakstype has avtaler and enkeltplasser
    let it = setup.enkeltplass(Tiltakskode::Arbeidsmarkedsopplaering).await;
    let edit = |details| setup.service.execute(EditEnkeltplass { id: it.id, details }, morning());
    edit(enkeltplass_details()).await.unwrap();
    setup.assert_published(NOT_ARENA, it.id).await;

    let started = EnkeltplassDetails { start_dato: Some(day("2026-04-01")), ..enkeltplass_details() };
    let error = setup.refused(edit(started.clone())).await;
    assert!(error.to_string().ends_with("needs navn, and it is not set"), "{error}");

    let whole =
        EnkeltplassDetails { navn: Some("Plassen".to_owned()), deltidsprosent: Some(50.0), ..started };
    let nowhere = EnkeltplassDetails { ansvarlig_enhet: None, ..whole.clone() };
    let error = setup.refused(edit(nowhere)).await;
    assert!(error.to_string().ends_with("needs enhet, and it is not set"), "{error}");
    edit(whole).await.unwrap();
    setup.assert_published(ALL_THREE, it.id).await;
}

#[tokio::test]
async fn an_enkeltplass_that_breaks_a_rule_is_refused() {
    let setup = Setup::new().await;
    let kode = Tiltakskode::EnkeltplassArbeidsmarkedsopplaering;
    let it = setup.enkeltplass(kode).await;
    let ok = enkeltplass_details;
    let wrong = [
        ("enkeltplass-har-oppstart-enkeltplass", EnkeltplassDetails { oppstart: Oppstart::Lopende, ..ok() }),
        (
            "enkeltplass-krever-direkte-vedtak",
            EnkeltplassDetails { pamelding_type: PameldingType::TrengerGodkjenning, ..ok() },
        ),
        ("slutt-dato-ikke-passert", EnkeltplassDetails { slutt_dato: Some(day("2026-03-15")), ..ok() }),
        (
            "slutter-etter-start",
            EnkeltplassDetails {
                start_dato: Some(day("2026-05-02")),
                slutt_dato: Some(day("2026-05-01")),
                ..ok()
            },
        ),
        ("antall-plasser-over-null", EnkeltplassDetails { antall_plasser: Some(0), ..ok() }),
    ];
    for (rule, details) in wrong {
        let new = CreateEnkeltplass { details: details.clone(), ..setup.new_enkeltplass(kode).await };
        setup.breaks(rule, setup.service.execute(new, morning())).await;
        setup.breaks(rule, setup.service.execute(EditEnkeltplass { id: it.id, details }, morning())).await;
    }
    let other = setup.new_enkeltplass(Tiltakskode::Oppfolging).await;
    setup.breaks("tiltakstypen-stotter-enkeltplasser", setup.service.execute(other, morning())).await;
    let nobody = CreateEnkeltplass { arrangor: scalar("999999999"), ..setup.new_enkeltplass(kode).await };
    let error = setup.refused(setup.service.execute(nobody, morning())).await;
    assert!(matches!(error, CommandError::NotFound { entity: "arrangør", .. }), "{error}");
}

#[tokio::test]
async fn only_a_running_enkeltplass_of_our_own_is_edited() {
    let setup = Setup::new().await;
    let edit = |id| setup.service.execute(EditEnkeltplass { id, details: enkeltplass_details() }, morning());
    let from_arena = setup.find(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Enkeltplass).await;
    setup.breaks("bare-enkeltplass-redigeres", edit(from_arena.id)).await;
    let gruppe = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    setup.breaks("bare-enkeltplass-redigeres", edit(gruppe.id)).await;
    let mut ended = setup.enkeltplass(Tiltakskode::HoyereUtdanning).await;
    ended.status = GjennomforingStatus::Avbrutt;
    setup.put(ended.clone()).await;
    setup.breaks("bare-gjennomfores-redigeres", edit(ended.id)).await;
}
