//! The jobs at a time of day in Norway, also after a stop.

use tiltak_producer::commands::SetApentForPamelding;
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::jobs::{self, schedule::Job};
use tiltak_producer::{GjennomforingDetails, Selection};
use tiltak_schema::scalar::GjennomforingId;

use super::setup::{ALL_THREE, Setup, V2, at, day, details, keys, morning};

async fn run(setup: &Setup, now: Moment) -> Vec<(String, usize)> {
    let runs = jobs::run_due(&setup.service, now).await.unwrap();
    runs.into_iter()
        .map(|(run, outcome)| {
            assert!(outcome.refused.is_empty(), "{:?}", outcome.refused);
            (format!("{} {}", run.job.name(), run.day), outcome.changed)
        })
        .collect()
}

/// The last runs that are done.
async fn done_until(setup: &Setup, until: &str) {
    let mut tx = setup.store.begin().await.unwrap();
    for job in Job::ALL {
        tx.run_done(job.name(), day(until)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// One that ends on a day.
async fn ending(setup: &Setup, end: &str) -> Gjennomforing {
    let avtale = setup.avtale(Tiltakskode::Oppfolging).await;
    setup.gjennomforing_under(avtale, GjennomforingDetails { slutt_dato: Some(day(end)), ..details() }).await
}

/// One that starts on a day for all at once.
async fn starting(setup: &Setup, start: &str) -> Gjennomforing {
    let avtale = setup.avtale(Tiltakskode::Jobbklubb).await;
    let details = GjennomforingDetails {
        start_dato: day(start),
        slutt_dato: Some(day("2026-12-31")),
        oppstart: Oppstart::Felles,
        pamelding_type: PameldingType::TrengerGodkjenning,
        ..details()
    };
    setup.gjennomforing_under(avtale, details).await
}

#[tokio::test]
async fn the_status_job_closes_what_has_ended_once_and_nothing_else() {
    let setup = Setup::with_scale(200).await;
    // 22:59:59 UTC is one second before midnight in Norway.
    let (before, midnight) = (at("2026-03-16T22:59:59Z"), at("2026-03-16T23:00:00Z"));
    let ended = |it: &Gjennomforing, now: Moment| {
        it.kind == Kind::Avtale
            && it.status == GjennomforingStatus::Gjennomfores
            && it.slutt_dato.is_some_and(|end| end < now.today())
    };
    let all = setup.all(Selection::All).await;
    let all: Vec<_> = all.iter().map(|aggregate| &aggregate.gjennomforing).collect();
    let late = all.iter().filter(|it| ended(it, before)).count();
    let mut expected: Vec<_> =
        all.iter().filter(|it| ended(it, midnight)).map(|it| it.id.to_string()).collect();
    assert!(expected.len() > late, "the seed has what ends on this day");
    let close =
        async |now: Moment| jobs::close_ended(&setup.service, now.today(), now).await.unwrap().changed;

    assert_eq!(close(before).await, late);
    assert_eq!(close(midnight).await, expected.len() - late);
    assert_eq!(close(midnight).await, 0, "nothing is left");

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
async fn the_pamelding_job_closes_what_starts_today_for_all_at_once_and_nothing_else() {
    let setup = Setup::new().await;
    let today = starting(&setup, "2026-03-20").await;
    let tomorrow = starting(&setup, "2026-03-21").await;
    let closed_already = starting(&setup, "2026-03-20").await;
    setup
        .service
        .execute(SetApentForPamelding { id: closed_already.id, apent: false }, morning())
        .await
        .unwrap();
    let lopende = setup
        .gjennomforing_under(
            today.avtale.unwrap(),
            GjennomforingDetails { start_dato: day("2026-03-20"), ..details() },
        )
        .await;
    setup.take_outbox().await;
    let others = [tomorrow.id, closed_already.id, lopende.id];
    let before = (setup.get(others[0]).await, setup.get(others[1]).await, setup.get(others[2]).await);

    let now = at("2026-03-20T22:55:00Z");
    assert_eq!(jobs::close_started(&setup.service, now.today(), now).await.unwrap().changed, 1);

    let after = setup.get(today.id).await;
    assert_eq!((after.apent_for_pamelding, after.status), (false, GjennomforingStatus::Gjennomfores));
    assert_eq!(after.oppdatert, now.instant());
    setup.assert_published(ALL_THREE, today.id).await;
    let untouched = (setup.get(others[0]).await, setup.get(others[1]).await, setup.get(others[2]).await);
    assert_eq!(untouched, before);
    assert_eq!(
        jobs::close_started(&setup.service, now.today(), now).await.unwrap().changed,
        0,
        "nothing is left"
    );
}

#[tokio::test]
async fn a_run_is_made_once_at_its_time_on_both_days_when_the_clocks_change() {
    for (eve, sunday, monday, status, pamelding) in [
        ("2026-03-28", "2026-03-29", "2026-03-30", "2026-03-29T22:00:00Z", "2026-03-29T21:55:00Z"),
        ("2026-10-24", "2026-10-25", "2026-10-26", "2026-10-25T23:00:00Z", "2026-10-25T22:55:00Z"),
    ] {
        let setup = Setup::new().await;
        done_until(&setup, eve).await;
        // The status run of Sunday is long done.
        let mut tx = setup.store.begin().await.unwrap();
        tx.run_done("status", day(sunday)).await.unwrap();
        tx.commit().await.unwrap();
        jobs::close_ended(&setup.service, day(sunday), at(pamelding)).await.unwrap();
        let ends = ending(&setup, sunday).await;
        let starts = starting(&setup, sunday).await;
        setup.take_outbox().await;
        let second_before = |moment: &str| {
            let timestamp = at(moment).instant().timestamp() - jiff::SignedDuration::from_secs(1);
            Moment::at(timestamp).unwrap()
        };

        assert_eq!(run(&setup, second_before(pamelding)).await, []);
        assert_eq!(run(&setup, at(pamelding)).await, [(format!("pamelding {sunday}"), 1)]);
        setup.assert_published(ALL_THREE, starts.id).await;
        assert_eq!(run(&setup, second_before(status)).await, []);
        assert_eq!(run(&setup, at(status)).await[0].0, format!("status {monday}"));
        assert_eq!(setup.get(ends.id).await.status, GjennomforingStatus::Avsluttet);
        assert_eq!(run(&setup, at(status)).await, []);
    }
}

#[tokio::test]
async fn after_a_stop_of_five_days_each_missed_run_is_made_with_its_own_day() {
    let setup = Setup::new().await;
    let stopped = at("2026-10-22T21:56:00Z");
    jobs::close_ended(&setup.service, stopped.today(), stopped).await.unwrap();
    done_until(&setup, "2026-10-22").await;
    // Over the night when summer time ends.
    let starts = [starting(&setup, "2026-10-23").await.id, starting(&setup, "2026-10-26").await.id];
    let after = starting(&setup, "2026-10-27").await.id;
    let ends = [ending(&setup, "2026-10-24").await.id, ending(&setup, "2026-10-25").await.id];
    let on = async |id: GjennomforingId| setup.get(id).await;
    setup.take_outbox().await;

    let now = at("2026-10-27T11:00:00Z");
    let runs = run(&setup, now).await;

    let names: Vec<_> = runs.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "status 2026-10-23",
        "pamelding 2026-10-23",
        "status 2026-10-24",
        "pamelding 2026-10-24",
        "status 2026-10-25",
        "pamelding 2026-10-25",
        "status 2026-10-26",
        "pamelding 2026-10-26",
        "status 2026-10-27",
    ];
    assert_eq!(names, expected);
    let changed = |name: &str| runs.iter().find(|(run, _)| run == name).unwrap().1;
    assert_eq!((changed("pamelding 2026-10-23"), changed("pamelding 2026-10-26")), (1, 1));
    assert!(changed("status 2026-10-25") >= 1 && changed("status 2026-10-26") >= 1);
    for id in starts {
        let it = on(id).await;
        assert_eq!((it.apent_for_pamelding, it.oppdatert), (false, now.instant()));
    }
    assert!(on(after).await.apent_for_pamelding, "its run is not due yet");
    for id in ends {
        assert_eq!(on(id).await.status, GjennomforingStatus::Avsluttet);
    }
    assert_eq!(run(&setup, now).await, []);
    assert_eq!(run(&setup, at("2026-10-27T22:55:00Z")).await, [("pamelding 2026-10-27".to_owned(), 1)]);
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_alone_and_its_run_is_made_again() {
    let setup = Setup::new().await;
    jobs::close_ended(&setup.service, day("2026-03-20"), morning()).await.unwrap();
    done_until(&setup, "2026-03-18").await;
    let beside = starting(&setup, "2026-03-19").await;
    let poisoned = starting(&setup, "2026-03-19").await;
    let later = starting(&setup, "2026-03-20").await;
    setup.put(Gjennomforing { navn: None, ..poisoned.clone() }).await;
    let unchanged = setup.get(poisoned.id).await;
    let now = at("2026-03-21T08:00:00Z");
    setup.take_outbox().await;

    let runs = jobs::run_due(&setup.service, now).await.unwrap();

    let refused: Vec<_> = runs.iter().flat_map(|(_, outcome)| &outcome.refused).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].0, poisoned.id);
    assert_eq!(setup.get(poisoned.id).await, unchanged);
    assert!(!setup.get(beside.id).await.apent_for_pamelding);
    assert!(!setup.get(later.id).await.apent_for_pamelding, "it holds up no later run");
    assert!(!keys(&setup.take_outbox().await, V2).contains(&poisoned.id.to_string().as_str()));

    setup.put(Gjennomforing { navn: Some("Navn".to_owned()), ..unchanged }).await;
    let runs = run(&setup, now).await;
    assert_eq!(runs.iter().find(|(name, _)| name == "pamelding 2026-03-19").unwrap().1, 1);
    assert!(!setup.get(poisoned.id).await.apent_for_pamelding);
    assert_eq!(run(&setup, now).await, []);
}

#[tokio::test]
async fn a_job_that_never_ran_makes_its_latest_run() {
    let setup = Setup::new().await;
    let names: Vec<_> = run(&setup, morning()).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["pamelding 2026-03-15", "status 2026-03-16"]);
}

#[tokio::test]
async fn a_run_that_a_clock_has_noted_for_2030_does_not_stop_todays_run_which_is_made_once() {
    let setup = Setup::new().await;
    let ended = ending(&setup, "2026-03-16").await;
    done_until(&setup, "2030-01-01").await;
    let made = async |now: &str| -> Vec<String> {
        run(&setup, at(now)).await.into_iter().map(|(run, _)| run).collect()
    };

    assert_eq!(made("2026-03-17T08:00:00Z").await, ["pamelding 2026-03-16", "status 2026-03-17"]);

    assert_eq!(setup.get(ended.id).await.status, GjennomforingStatus::Avsluttet);
    assert_eq!(made("2026-03-17T08:00:05Z").await, [""; 0]);
    assert_eq!(made("2026-03-17T23:00:00Z").await, ["pamelding 2026-03-17", "status 2026-03-18"]);
}
