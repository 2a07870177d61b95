//! The registry of rules: their names and what they demand (`schema/WIRE.md`, section 6).
//!
//! When you add a rule: 1. add it here, 2. demand it in the file of its entity, 3. add a case that breaks it to `tests.rs`
//! here, which does not compile without one.

use schemars::JsonSchema;
use serde::Serialize;

macro_rules! rules {
    ($($(#[$doc:meta])+ $rule:ident = $name:literal,)*) => {
        /// A rule that binds staff.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
        pub enum Rule {
            $($(#[$doc])+ #[serde(rename = $name)] $rule,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// Its name, which staff see and programs may read.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$rule => $name,)*
                }
            }
        }
    };
}

rules! {
    /// An avtale is of a tiltakstype with STOTTER_AVTALER.
    TiltakstypenStotterAvtaler = "tiltakstypen-stotter-avtaler",
    /// sluttDato of the avtale is not before its startDato.
    AvtaleSlutterEtterStart = "avtale-slutter-etter-start",
    /// Only an active avtale is cancelled.
    BareAktivAvtaleAvbrytes = "bare-aktiv-avtale-avbrytes",
    /// Only an active avtale is ended.
    BareAktivAvtaleAvsluttes = "bare-aktiv-avtale-avsluttes",
    /// The last day of an avtale that is ended is before today.
    AvtaleAvsluttesForIDag = "avtale-avsluttes-for-i-dag",
    /// A gjennomføring is made under an active avtale.
    AvtaleErAktiv = "avtale-er-aktiv",
    /// The arrangør of a gjennomføring is fixed.
    ArrangorErFast = "arrangor-er-fast",
    /// Only a gjennomføring with status GJENNOMFORES is edited.
    BareGjennomforesRedigeres = "bare-gjennomfores-redigeres",
    /// The last day of a closed period is not before its first.
    StengtPeriodeSlutterEtterStart = "stengt-periode-slutter-etter-start",
    /// Only an enkeltplass that came from Arena is removed.
    BareEnkeltplassFraArenaFjernes = "bare-enkeltplass-fra-arena-fjernes",
    /// Only a gjennomføring of kind AVTALE is edited.
    BareAvtaleRedigeres = "bare-avtale-redigeres",
    /// sluttDato is not before today.
    SluttDatoIkkePassert = "slutt-dato-ikke-passert",
    /// sluttDato is not before startDato.
    SlutterEtterStart = "slutter-etter-start",
    /// A gjennomføring of kind AVTALE has a startDato.
    StartDatoErSatt = "start-dato-er-satt",
    /// startDato is not before the startDato of the avtale.
    StarterEtterAvtalen = "starter-etter-avtalen",
    /// antallPlasser is greater than 0.
    AntallPlasserOverNull = "antall-plasser-over-null",
    /// A gjennomføring of kind AVTALE runs under an avtale.
    HarAvtale = "har-avtale",
    /// An enkeltplass is of a tiltakstype with STOTTER_ENKELTPLASSER.
    TiltakstypenStotterEnkeltplasser = "tiltakstypen-stotter-enkeltplasser",
    /// Only a gjennomføring of kind ENKELTPLASS is edited as one.
    BareEnkeltplassRedigeres = "bare-enkeltplass-redigeres",
    /// A gjennomføring of kind AVTALE has oppstart LOPENDE or FELLES.
    GruppeErIkkeEnkeltplass = "gruppe-er-ikke-enkeltplass",
    /// oppstart FELLES needs TRENGER_GODKJENNING for this tiltakskode.
    FellesTrengerGodkjenning = "felles-trenger-godkjenning",
    /// This tiltakskode needs oppstart LOPENDE and DIREKTE_VEDTAK.
    KreverDirekteVedtak = "krever-direkte-vedtak",
    /// oppstart LOPENDE needs DIREKTE_VEDTAK for this tiltakskode.
    LopendeKreverDirekteVedtak = "lopende-krever-direkte-vedtak",
    /// An enkeltplass has oppstart ENKELTPLASS.
    EnkeltplassHarOppstartEnkeltplass = "enkeltplass-har-oppstart-enkeltplass",
    /// An enkeltplass of this tiltakskode needs DIREKTE_VEDTAK.
    EnkeltplassKreverDirekteVedtak = "enkeltplass-krever-direkte-vedtak",
    /// Only a gjennomføring with status GJENNOMFORES is ended.
    BareGjennomforesAvsluttes = "bare-gjennomfores-avsluttes",
    /// A gjennomføring is ended once the day after its sluttDato has begun.
    AvsluttesEtterSluttDato = "avsluttes-etter-slutt-dato",
    /// Only a gjennomføring with status GJENNOMFORES is cancelled.
    BareGjennomforesAvbrytes = "bare-gjennomfores-avbrytes",
    /// A gjennomføring is cancelled at a date before its sluttDato.
    AvbrytesForSluttDato = "avbrytes-for-slutt-dato",
    /// Only a gjennomføring with status AVSLUTTET is opened again.
    BareAvsluttetGjenapnes = "bare-avsluttet-gjenapnes",
    /// Only arbeidsmarkedsopplæring and fag- og yrkesopplæring have a kategorisering.
    KategoriseringAvOpplaering = "kategorisering-av-opplaering",
    /// Only fag- og yrkesopplæring has an utdanningsløp.
    UtdanningslopTilYrkesfag = "utdanningslop-til-yrkesfag",
    /// Only arbeidsmarkedsopplæring has a kurstype.
    KurstypeTilAmo = "kurstype-til-amo",
    /// The kurstype is one of those that the tiltakskode has.
    KurstypePasserTiltakskoden = "kurstype-passer-tiltakskoden",
    /// The tiltakskode of a tiltakstype is fixed.
    TiltakskodeErFast = "tiltakskode-er-fast",
    /// No two tiltakstyper have the same tiltakskode.
    TiltakskodeErUnik = "tiltakskode-er-unik",
    /// The tiltakstype of an avtale is fixed.
    AvtalensTiltakstypeErFast = "avtalens-tiltakstype-er-fast",
    /// An avtale stays AVBRUTT.
    AvbruttAvtaleForblirAvbrutt = "avbrutt-avtale-forblir-avbrutt",
    /// The kind of a gjennomføring is fixed.
    SlagErFast = "slag-er-fast",
    /// The tiltakstype of a gjennomføring is fixed.
    TiltakstypeErFast = "tiltakstype-er-fast",
    /// A gjennomføring of kind AVTALE has the tiltakstype of its avtale.
    TiltakstypeErAvtalens = "tiltakstype-er-avtalens",
    /// Only a gjennomføring with status GJENNOMFORES is open for påmelding.
    BareGjennomforesErApen = "bare-gjennomfores-er-apen",
    /// A gjennomføring that is AVBRUTT has ended at a date.
    AvbruttHarSluttDato = "avbrutt-har-slutt-dato",
    /// An enkeltplass runs under no avtale.
    EnkeltplassUtenAvtale = "enkeltplass-uten-avtale",
}
