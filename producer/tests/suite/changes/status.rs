//! Staff end a gjennomføring, cut it off, open it again.

use tiltak_producer::commands::{CancelGjennomforing, EndGjennomforing, ReopenGjennomforing};
use tiltak_producer::domain::Gjennomforing;
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Tiltakskode};

use super::setup::{ALL_THREE, Setup, at, day, details, morning};

/// On the day after the last one of `details()`.
fn after_the_end() -> tiltak_producer::domain::Moment {
    at("2026-06-30T22:00:00Z")
}

#[tokio::test]
async fn a_gjennomforing_is_ended_once_the_day_after_its_last_has_begun() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    assert!(it.apent_for_pamelding);
    let last_second = at("2026-06-30T21:59:59Z");
    let early = setup.service.execute(EndGjennomforing { id: it.id }, last_second);
    setup.breaks("avsluttes-etter-slutt-dato", early).await;

    setup.service.execute(EndGjennomforing { id: it.id }, after_the_end()).await.unwrap();

    let after = setup.get(it.id).await;
    assert_eq!((after.status, after.apent_for_pamelding), (GjennomforingStatus::Avsluttet, false));
    assert_eq!((after.slutt_dato, after.oppdatert), (it.slutt_dato, after_the_end().instant()));
    setup.assert_published(ALL_THREE, it.id).await;
    let again = setup.service.execute(EndGjennomforing { id: it.id }, after_the_end());
    setup.breaks("bare-gjennomfores-avsluttes", again).await;
}

#[tokio::test]
async fn what_has_no_last_day_is_not_ended() {
    let setup = Setup::new().await;
    let avtale = setup.avtale(Tiltakskode::Oppfolging).await;
    let endless = tiltak_producer::GjennomforingDetails { slutt_dato: None, ..details() };
    let it = setup.gjennomforing_under(avtale, endless).await;
    setup
        .breaks(
            "avsluttes-etter-slutt-dato",
            setup.service.execute(EndGjennomforing { id: it.id }, after_the_end()),
        )
        .await;
}

#[tokio::test]
async fn what_is_cut_off_is_avlyst_before_its_start_and_avbrutt_from_then_on() {
    let setup = Setup::new().await;
    let cut_off = async |date: &str| -> Gjennomforing {
        let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
        setup.service.execute(CancelGjennomforing { id: it.id, dato: day(date) }, morning()).await.unwrap();
        setup.assert_published(ALL_THREE, it.id).await;
        setup.get(it.id).await
    };
    for (date, status, slutt_dato) in [
        ("2025-12-31", GjennomforingStatus::Avlyst, "2026-06-30"),
        ("2026-01-01", GjennomforingStatus::Avbrutt, "2026-01-01"),
        ("2026-06-29", GjennomforingStatus::Avbrutt, "2026-06-29"),
    ] {
        let after = cut_off(date).await;
        assert_eq!((after.status, after.slutt_dato), (status, Some(day(slutt_dato))), "{date}");
        assert!(!after.apent_for_pamelding);
        let again = setup.service.execute(CancelGjennomforing { id: after.id, dato: day(date) }, morning());
        setup.breaks("bare-gjennomfores-avbrytes", again).await;
    }
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    for date in ["2026-06-30", "2026-07-01"] {
        let late = setup.service.execute(CancelGjennomforing { id: it.id, dato: day(date) }, morning());
        setup.breaks("avbrytes-for-slutt-dato", late).await;
    }
}

#[tokio::test]
async fn what_was_ended_is_opened_again_with_a_new_last_day() {
    let setup = Setup::new().await;
    let it = setup.with_status(GjennomforingStatus::Avsluttet).await;
    let yesterday =
        setup.service.execute(ReopenGjennomforing { id: it.id, slutt_dato: day("2026-03-15") }, morning());
    setup.breaks("slutt-dato-ikke-passert", yesterday).await;

    setup
        .service
        .execute(ReopenGjennomforing { id: it.id, slutt_dato: day("2026-03-16") }, morning())
        .await
        .unwrap();

    let after = setup.get(it.id).await;
    assert_eq!(
        (after.status, after.slutt_dato),
        (GjennomforingStatus::Gjennomfores, Some(day("2026-03-16")))
    );
    assert!(!after.apent_for_pamelding, "staff open it themselves");
    setup.assert_published(ALL_THREE, it.id).await;
}

#[tokio::test]
async fn what_runs_or_was_cut_off_is_not_opened_again() {
    let setup = Setup::new().await;
    let running = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let cut_off = setup.with_status(GjennomforingStatus::Avbrutt).await;
    let called_off = setup.with_status(GjennomforingStatus::Avlyst).await;
    for it in [running, cut_off, called_off] {
        let open = setup
            .service
            .execute(ReopenGjennomforing { id: it.id, slutt_dato: day("2026-12-31") }, morning());
        setup.breaks("bare-avsluttet-gjenapnes", open).await;
    }
}

#[tokio::test]
async fn the_status_of_what_comes_from_arena_is_not_for_staff() {
    let setup = Setup::new().await;
    let id = setup.arena_gruppe().await.id;
    let (rule, date) = ("bare-avtale-redigeres", day("2026-12-31"));
    setup.breaks(rule, setup.service.execute(EndGjennomforing { id }, morning())).await;
    setup.breaks(rule, setup.service.execute(CancelGjennomforing { id, dato: date }, morning())).await;
    setup.breaks(rule, setup.service.execute(ReopenGjennomforing { id, slutt_dato: date }, morning())).await;
}
