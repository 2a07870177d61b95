//! Entities for unit tests.

use tiltak_schema::scalar::Scalar;

use crate::domain::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use crate::domain::{
    ArenaData, Avtale, AvtaleVeilederinfo, Gjennomforing, GjennomforingAggregate, GjennomforingVeilederinfo,
    Kind, Moment, Personvern, Prismodell, Tiltakstype, Version,
};
use crate::seed;

/// A scalar that is spelt in a test.
pub(crate) fn scalar<T: Scalar>(text: &str) -> T {
    text.parse().unwrap()
}

/// The day of every test: a winter morning.
pub(crate) fn now() -> Moment {
    Moment::at("2026-01-15T08:00:00Z".parse().unwrap()).unwrap()
}

/// The real tiltakstype.
pub(crate) fn tiltakstype(tiltakskode: Tiltakskode) -> Tiltakstype {
    let all = seed::real_tiltakstyper(now());
    all.into_iter().find(|tiltakstype| tiltakstype.tiltakskode == tiltakskode).unwrap()
}

/// A gjennomføring of kind AVTALE that may be edited, under an active avtale.
pub(crate) fn aggregate(tiltakskode: Tiltakskode) -> GjennomforingAggregate {
    let tiltakstype = tiltakstype(tiltakskode);
    let avtale = Avtale {
        id: scalar("00000000-0000-4000-8000-00000000000a"),
        navn: "Avtale".to_owned(),
        tiltakstype: tiltakstype.id,
        arrangor: Some(scalar("123456785")),
        start_dato: scalar("2025-01-01"),
        slutt_dato: None,
        avbrutt: false,
        regioner: vec![scalar("0300"), scalar("1500")],
        opprettet: scalar("2025-01-01T10:00:00Z"),
        oppdatert: scalar("2025-07-01T10:00:00Z"),
        personvern: Personvern::default(),
        veilederinfo: AvtaleVeilederinfo::default(),
        prismodell: Prismodell::default(),
        version: Version::FIRST,
    };
    let gjennomforing = Gjennomforing {
        id: scalar("00000000-0000-4000-8000-000000000001"),
        kind: Kind::Avtale,
        tiltakstype: tiltakstype.id,
        arrangor: scalar("123456785"),
        avtale: Some(avtale.id),
        lopenummer: Some(scalar("2026/1")),
        status: GjennomforingStatus::Gjennomfores,
        oppstart: Oppstart::Lopende,
        pamelding_type: PameldingType::DirekteVedtak,
        navn: Some("Gjennomføring".to_owned()),
        start_dato: Some(scalar("2026-01-01")),
        slutt_dato: Some(scalar("2026-06-30")),
        tilgjengelig_for_arrangor_dato: Some(scalar("2025-12-15")),
        apent_for_pamelding: true,
        antall_plasser: Some(10),
        deltidsprosent: Some(100.0),
        oppmote_sted: Some("Storgata 1".to_owned()),
        arena: ArenaData::default(),
        ansvarlig_enhet: Some(scalar("0219")),
        opprettet: scalar("2025-12-01T10:00:00Z"),
        oppdatert: scalar("2026-07-01T10:00:00Z"),
        veilederinfo: GjennomforingVeilederinfo::default(),
        stengt: Vec::new(),
        publisert: false,
        ventetid: None,
        version: Version::FIRST,
    };
    GjennomforingAggregate { gjennomforing, tiltakstype, avtale: Some(avtale), kategorisering: None }
}
