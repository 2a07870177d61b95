//! Invented gjennomføringer of all three kinds.

use rand::RngExt;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand_chacha::ChaCha8Rng;
use tiltak_schema::scalar::{GjennomforingId, UtdanningId, UtdanningsprogramId};
use tiltak_schema::view::WireEnum;

use super::avtaler::{arrangor, day};
use super::tiltakstyper::days_before;
use super::{Tiltakstyper, id, scalar};
use crate::domain::kodeverk::{
    Bransje, ForerkortKlasse, GjennomforingStatus, InnholdElement, Kurstype, Opplaering, Oppstart,
    PameldingType, Tiltakskode,
};
use crate::domain::{
    ArenaData, ArenaNummer, Avtale, Egenskap, Gjennomforing, GjennomforingVeilederinfo, Kategorisering, Kind,
    Moment, Sertifisering, Tiltakstype, Utdanningslop, Version,
};

/// Nav's units.
const ENHETER: [&str; 4] = ["0219", "0315", "1103", "1903"];

/// Makes one gjennomføring after the other.
pub(super) struct Inventor<'a> {
    rng: &'a mut ChaCha8Rng,
    tiltakstyper: &'a Tiltakstyper,
    avtaler: &'a [Avtale],
    now: Moment,
    made: usize,
}

impl<'a> Inventor<'a> {
    pub(super) fn new(
        rng: &'a mut ChaCha8Rng,
        tiltakstyper: &'a Tiltakstyper,
        avtaler: &'a [Avtale],
        now: Moment,
    ) -> Self {
        Self { rng, tiltakstyper, avtaler, now, made: 0 }
    }

    /// Six of ten have kind AVTALE, two are an ENKELTPLASS, and two come from ARENA.
    pub(super) fn next(&mut self) -> (Gjennomforing, Option<Kategorisering>) {
        let number = self.made;
        self.made += 1;
        let (gjennomforing, tiltakskode) = match number % 10 {
            6 | 7 => self.enkeltplass(number),
            8 => self.arena_enkeltplass(number),
            9 => self.arena_gruppe(number),
            _ => self.under_avtale(number),
        };
        let kategorisering = match tiltakskode.opplaering() {
            Opplaering::Annet => None,
            Opplaering::Amo => self.amo(tiltakskode),
            Opplaering::Yrkesfag => Some(yrkesfag(number)),
        };
        (gjennomforing, kategorisering)
    }

    fn under_avtale(&mut self, number: usize) -> (Gjennomforing, Tiltakskode) {
        let avtale = &self.avtaler[number % self.avtaler.len()];
        let (ours, rng, now) = (&self.tiltakstyper.avtaler, &mut *self.rng, self.now);
        let tiltakstype = ours.iter().find(|ours| ours.id == avtale.tiltakstype).unwrap_or(&ours[0]);
        let (oppstart, pamelding_type) = oppstart(tiltakstype, rng.random_bool(0.5));
        // Some end today, so that midnight has something to do.
        let (status, slutt_dato) = match rng.random_range(0..20) {
            0 | 1 => (GjennomforingStatus::Gjennomfores, Some(now.today())),
            2..=4 => (GjennomforingStatus::Avsluttet, Some(day(now, -rng.random_range(1..15)))),
            5 => (GjennomforingStatus::Avbrutt, Some(day(now, -rng.random_range(1..15)))),
            6..=9 => (GjennomforingStatus::Gjennomfores, None),
            _ => (GjennomforingStatus::Gjennomfores, Some(day(now, rng.random_range(1..400)))),
        };
        let open = status == GjennomforingStatus::Gjennomfores;
        let gjennomforing = Gjennomforing {
            kind: Kind::Avtale,
            arrangor: avtale.arrangor.clone().unwrap_or_else(|| arrangor(rng)),
            avtale: Some(avtale.id),
            status,
            oppstart,
            pamelding_type,
            slutt_dato,
            tilgjengelig_for_arrangor_dato: rng.random_bool(0.2).then(|| day(now, -20)),
            apent_for_pamelding: open && rng.random_bool(0.8),
            oppmote_sted: rng.random_bool(0.5).then(|| format!("Storgata {}, 0155 Oslo", 1 + number % 90)),
            ..self.gruppe(number, tiltakstype)
        };
        (gjennomforing, tiltakstype.tiltakskode)
    }

    fn enkeltplass(&mut self, number: usize) -> (Gjennomforing, Tiltakskode) {
        let tiltakstype = &self.tiltakstyper.enkeltplasser[number % self.tiltakstyper.enkeltplasser.len()];
        let gjennomforing = Gjennomforing {
            kind: Kind::Enkeltplass,
            oppstart: Oppstart::Enkeltplass,
            navn: None,
            start_dato: None,
            slutt_dato: None,
            antall_plasser: None,
            deltidsprosent: None,
            ansvarlig_enhet: ENHETER.choose(self.rng).map(|number| scalar(number)),
            ..self.gruppe(number, tiltakstype)
        };
        (gjennomforing, tiltakstype.tiltakskode)
    }

    fn arena_enkeltplass(&mut self, number: usize) -> (Gjennomforing, Tiltakskode) {
        let (mut gjennomforing, tiltakskode) = self.enkeltplass(number);
        gjennomforing.kind = Kind::Arena;
        gjennomforing.ansvarlig_enhet = None;
        self.add_arena_data(&mut gjennomforing, number);
        (gjennomforing, tiltakskode)
    }

    fn arena_gruppe(&mut self, number: usize) -> (Gjennomforing, Tiltakskode) {
        let tiltakstype = &self.tiltakstyper.avtaler[number % self.tiltakstyper.avtaler.len()];
        let mut gjennomforing = self.gruppe(number, tiltakstype);
        self.add_arena_data(&mut gjennomforing, number);
        (gjennomforing, tiltakstype.tiltakskode)
    }

    fn add_arena_data(&mut self, gjennomforing: &mut Gjennomforing, number: usize) {
        let in_arena = ArenaNummer {
            aar: self.rng.random_range(2019..2025),
            lopenummer: i32::try_from(number).unwrap_or(i32::MAX),
        };
        gjennomforing.lopenummer = Some(scalar(&format!("{}#{}", in_arena.aar, in_arena.lopenummer)));
        gjennomforing.arena = ArenaData {
            id: Some(3_700_000_i32.saturating_add(in_arena.lopenummer)),
            nummer: Some(in_arena),
            enhet: ENHETER.choose(self.rng).map(|number| scalar(number)),
        };
    }

    /// What they have in common, as a gruppetiltak from Arena.
    fn gruppe(&mut self, number: usize, tiltakstype: &Tiltakstype) -> Gjennomforing {
        let (rng, now) = (&mut *self.rng, self.now);
        Gjennomforing {
            id: GjennomforingId::new(id("gjennomforing", number)),
            kind: Kind::Arena,
            tiltakstype: tiltakstype.id,
            arrangor: arrangor(rng),
            avtale: None,
            lopenummer: None,
            status: GjennomforingStatus::Gjennomfores,
            oppstart: Oppstart::Lopende,
            pamelding_type: PameldingType::DirekteVedtak,
            navn: Some(format!("{} {number}", tiltakstype.navn)),
            start_dato: Some(day(now, rng.random_range(-300..-20))),
            slutt_dato: Some(day(now, rng.random_range(10..300))),
            tilgjengelig_for_arrangor_dato: None,
            apent_for_pamelding: false,
            antall_plasser: Some(rng.random_range(1..60)),
            deltidsprosent: [100.0, 80.0, 50.0, 37.5].choose(rng).copied(),
            oppmote_sted: None,
            arena: ArenaData::default(),
            ansvarlig_enhet: None,
            opprettet: days_before(now, rng.random_range(300..400)),
            oppdatert: days_before(now, rng.random_range(1..300)),
            veilederinfo: GjennomforingVeilederinfo::default(),
            stengt: Vec::new(),
            publisert: false,
            ventetid: None,
            version: Version::FIRST,
        }
    }

    /// With a kurstype that goes with the tiltakskode.
    fn amo(&mut self, tiltakskode: Tiltakskode) -> Option<Kategorisering> {
        let kurstyper: &[Kurstype] = match tiltakskode {
            Tiltakskode::EnkeltplassArbeidsmarkedsopplaering => return None,
            Tiltakskode::Arbeidsmarkedsopplaering => &[Kurstype::BransjeOgYrkesrettet],
            Tiltakskode::Studiespesialisering => &[Kurstype::Studiespesialisering],
            Tiltakskode::NorskopplaeringGrunnleggendeFerdigheterFov => &[
                Kurstype::Norskopplaering,
                Kurstype::GrunnleggendeFerdigheter,
                Kurstype::ForberedendeOpplaeringForVoksne,
            ],
            _ => Kurstype::ALL,
        };
        let rng = &mut *self.rng;
        let kurstype = kurstyper.choose(rng).copied();
        let yrkesrettet = kurstype == Some(Kurstype::BransjeOgYrkesrettet);
        Some(Kategorisering {
            kurstype,
            bransje: Bransje::ALL.choose(rng).copied(),
            forerkort: if yrkesrettet { some(rng, ForerkortKlasse::ALL) } else { Vec::new() },
            innhold_elementer: some(rng, InnholdElement::ALL),
            norskprove: (kurstype == Some(Kurstype::Norskopplaering)).then(|| rng.random_bool(0.5)),
            sertifiseringer: if yrkesrettet {
                vec![Sertifisering {
                    konsept_id: rng.random_range(1..1_000_000),
                    label: "Truckførerbevis T2".to_owned(),
                }]
            } else {
                Vec::new()
            },
            utdanningslop: None,
        })
    }
}

fn yrkesfag(number: usize) -> Kategorisering {
    let utdanninger = 1 + number % 3;
    Kategorisering {
        utdanningslop: Some(Utdanningslop {
            utdanningsprogram: UtdanningsprogramId::new(id("utdanningsprogram", number % 9)),
            utdanninger: (0..utdanninger).map(|it| UtdanningId::new(id("utdanning", number + it))).collect(),
        }),
        ..Kategorisering::default()
    }
}

/// An oppstart and a påmelding that go with the tiltakstype.
fn oppstart(tiltakstype: &Tiltakstype, together: bool) -> (Oppstart, PameldingType) {
    let has = |egenskap| tiltakstype.egenskaper.contains(&egenskap);
    if has(Egenskap::KreverDirekteVedtak) {
        (Oppstart::Lopende, PameldingType::DirekteVedtak)
    } else if together {
        (Oppstart::Felles, PameldingType::TrengerGodkjenning)
    } else if has(Egenskap::KreverDirekteVedtakForLopendeOppstart) {
        (Oppstart::Lopende, PameldingType::DirekteVedtak)
    } else {
        (Oppstart::Lopende, PameldingType::TrengerGodkjenning)
    }
}

fn some<T: Copy>(rng: &mut ChaCha8Rng, all: &[T]) -> Vec<T> {
    let count = rng.random_range(0..=3);
    all.iter().copied().sample(rng, count)
}
