//! Optimistic locking: who saw an older version is refused.

use std::collections::BTreeSet;

use tiltak_producer::commands::{
    COMMANDS, CancelAvtale, CancelGjennomforing, Command, EditAvtale, EditAvtalePersonvern,
    EditAvtalePrismodell, EditAvtaleVeilederinfo, EditEnkeltplass, EditGjennomforing,
    EditGjennomforingVeilederinfo, EndAvtale, EndGjennomforing, RemoveGjennomforing, RemoveKontaktperson,
    ReopenGjennomforing, SetApentForPamelding, SetArenaData, SetKategorisering, SetPublisert, SetStengt,
    SetTilgjengeligForArrangor, SetVentetid, UpsertArrangor, UpsertTiltakstype,
};
use tiltak_producer::domain::kodeverk::{Oppstart, Tiltakskode};
use tiltak_producer::domain::{
    ArenaData, AvtaleVeilederinfo, GjennomforingVeilederinfo, Kind, Personvern, Prismodell, Version,
};
use tiltak_producer::{AvtaleDetails, CommandError, Precondition, TiltakstypeDetails};

use super::setup::{Setup, day, details, enkeltplass_details, morning};

#[tokio::test]
async fn a_change_of_what_was_seen_is_made_and_a_change_of_an_older_version_is_refused() {
    let setup = Setup::new().await;
    let it = setup.gjennomforing(Tiltakskode::Oppfolging).await;
    let edit = EditGjennomforing { id: it.id, details: details() };
    let seen = Precondition::from(it.version);

    let second = setup.service.execute_if(&seen, edit.clone(), morning()).await.unwrap();
    let error = setup.refused(setup.service.execute_if(&seen, edit, morning())).await;

    assert_eq!(
        error.to_string(),
        format!("the gjennomføring {} has version 2, expected version 1; read it again", it.id)
    );
    let close = SetApentForPamelding { id: it.id, apent: false };
    setup.service.execute_if(&second.into(), close, morning()).await.unwrap();
}

/// Notes the names of the commands that refuse a version that nobody has seen.
struct Stale {
    setup: Setup,
    refused: BTreeSet<&'static str>,
}

impl Stale {
    async fn refuses<C: Command>(&mut self, command: C) {
        let never = Precondition::from(Version::new(7));
        let error = self.setup.refused(self.setup.service.execute_if(&never, command, morning())).await;
        assert!(matches!(&error, CommandError::Stale { expected, .. } if *expected == never), "{error}");
        self.refused.insert(C::NAME);
    }
}

#[tokio::test]
async fn every_command_of_an_entity_that_is_there_refuses_a_stale_version() {
    let setup = Setup::new().await;
    let id = setup.gjennomforing(Tiltakskode::Oppfolging).await.id;
    let avtale = setup.avtale(Tiltakskode::Oppfolging).await;
    let enkeltplass = setup.enkeltplass(Tiltakskode::HoyereUtdanning).await.id;
    let from_arena = setup.find(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Enkeltplass).await.id;
    let tiltakstype = setup.tiltakstype(Tiltakskode::Oppfolging).await;
    let organisasjonsnummer = setup.arrangor().await;
    let renamed = AvtaleDetails { navn: "Ny".to_owned(), ..setup.avtale_details().await };
    let (day, kontaktperson) = (day("2026-12-31"), "Z999999".to_owned());
    let arena = ArenaData { id: Some(1), ..ArenaData::default() };
    let mut stale = Stale { setup, refused: BTreeSet::new() };

    stale.refuses(EditGjennomforing { id, details: details() }).await;
    let veilederinfo = GjennomforingVeilederinfo::default();
    stale.refuses(EditGjennomforingVeilederinfo { id, veilederinfo }).await;
    stale.refuses(SetApentForPamelding { id, apent: true }).await;
    stale.refuses(SetStengt { id, stengt: Vec::new() }).await;
    stale.refuses(SetTilgjengeligForArrangor { id, dato: None }).await;
    stale.refuses(SetArenaData { id, arena }).await;
    stale.refuses(EndGjennomforing { id }).await;
    stale.refuses(CancelGjennomforing { id, dato: day }).await;
    stale.refuses(ReopenGjennomforing { id, slutt_dato: day }).await;
    stale.refuses(SetPublisert { id, publisert: true }).await;
    stale.refuses(SetVentetid { id, ventetid: None }).await;
    stale.refuses(RemoveKontaktperson { id, kontaktperson }).await;
    stale.refuses(SetKategorisering { id, kategorisering: None }).await;
    stale.refuses(EditEnkeltplass { id: enkeltplass, details: enkeltplass_details() }).await;
    stale.refuses(RemoveGjennomforing { id: from_arena }).await;
    stale.refuses(EditAvtale { id: avtale, details: renamed }).await;
    stale.refuses(EditAvtalePersonvern { id: avtale, personvern: Personvern::default() }).await;
    let veilederinfo = AvtaleVeilederinfo::default();
    stale.refuses(EditAvtaleVeilederinfo { id: avtale, veilederinfo }).await;
    stale.refuses(EditAvtalePrismodell { id: avtale, prismodell: Prismodell::default() }).await;
    stale.refuses(CancelAvtale { id: avtale }).await;
    stale.refuses(EndAvtale { id: avtale, slutt_dato: day }).await;
    let details = TiltakstypeDetails::of(&tiltakstype);
    stale.refuses(UpsertTiltakstype { id: tiltakstype.id, details }).await;
    stale.refuses(UpsertArrangor { organisasjonsnummer, navn: "Ny".to_owned() }).await;

    let all = COMMANDS.iter().copied().filter(|name| !name.starts_with("Create"));
    assert_eq!(stale.refused, all.collect());
}
