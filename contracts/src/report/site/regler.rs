//! The Norwegian texts of the rules, for the site. Commands print the English texts of `rule/catalogue.rs`.

/// The text of a rule, in Norwegian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NorskRegel {
    /// What the rule finds.
    pub(super) summary: &'static str,
    /// Why that matters.
    pub(super) why: &'static str,
    /// What to do.
    pub(super) fix: &'static str,
}

const NY_TOPIC: &str = "Start en ny topic, og skriv til begge en stund.";
const RELAST: &str = "Relast alt, sett `retained-since` i topic.toml, og krev det først etterpå.";
const INGENTING: &str = "Ingenting må gjøres. Gi beskjed til konsumentene.";
const SE_DEKLARASJONENE: &str = "Se i konsumentenes deklarasjoner hvem som stopper, og gi dem beskjed først.";

/// Each rule: its name, what it finds, why that matters, and what to do.
const REGLER: &[(&str, &str, &str, &str)] = &[
    (
        "field-removed",
        "et felt som alltid var med, skrives ikke lenger",
        "En konsument som trenger feltet, stopper på den første recorden uten det.",
        "Gjør feltet valgfritt en stund, slik at konsumentene rekker å tåle det. Fjern det så.",
    ),
    (
        "optional-field-removed",
        "et felt som kunne mangle eller være null, skrives ikke lenger",
        "Alle konsumenter må tåle at det mangler allerede. Det de viser eller teller, endrer seg likevel.",
        "Gi beskjed til dem som bruker feltet.",
    ),
    (
        "field-renamed",
        "et felt er borte, og et nytt med samme form er kommet",
        "En konsument som binder det gamle navnet, feiler, eller bruker en standardverdi uten å si fra.",
        "Behold det gamle feltet, skriv det nye ved siden av, og fjern det gamle når ingen bruker det.",
    ),
    (
        "field-added-required",
        "et nytt felt er alltid med og aldri null",
        "Gamle konsumenter ser bort fra det. Men eldre records ligger igjen på en komprimert topic uten feltet, \
         så en konsument av den nye versjonen kan ikke kreve det før alt er relastet.",
        RELAST,
    ),
    (
        "field-added-optional",
        "et nytt felt kan mangle eller være null",
        "Tolerante konsumenter ser bort fra egenskaper de ikke kjenner, og de nye leser records uten feltet.",
        INGENTING,
    ),
    (
        "field-made-required",
        "et felt som kunne mangle, er nå alltid med",
        "Gamle konsumenter klarer seg. Men eldre records ligger igjen uten feltet, så en konsument av den nye \
         versjonen kan ikke kreve det før alt er relastet.",
        RELAST,
    ),
    (
        "field-made-optional",
        "et felt som alltid var med og aldri null, kan nå mangle",
        "En konsument som trenger feltet, stopper på den første recorden uten det.",
        NY_TOPIC,
    ),
    (
        "nullable-field-made-optional",
        "et felt som alltid var med, men kunne være null, kan nå mangle",
        "Konsumenter skal behandle null og utelatt likt, så tolerante klarer seg. Den som krever at egenskapen er \
         der, gjør ikke det.",
        SE_DEKLARASJONENE,
    ),
    (
        "null-made-absent",
        "et felt som var null når det var tomt, utelates nå",
        "Konsumenter skal behandle begge former likt, så tolerante klarer seg. Den som krever at egenskapen er \
         der, gjør ikke det.",
        SE_DEKLARASJONENE,
    ),
    (
        "absent-made-null",
        "et felt som ble utelatt når det var tomt, er nå null",
        "Konsumenter skal behandle begge former likt, så tolerante klarer seg. Den som ikke godtar null, gjør \
         ikke det.",
        SE_DEKLARASJONENE,
    ),
    (
        "nullability-widened",
        "en verdi som alltid var med og aldri null, kan nå være null",
        "En konsument som ikke venter null, stopper, eller tar den med seg dit den gjør skade.",
        NY_TOPIC,
    ),
    (
        "optional-field-made-nullable",
        "en verdi som kunne mangle, kan nå også være null",
        "Konsumenter skal behandle null og utelatt likt, så tolerante klarer seg. Den som ikke godtar null, gjør \
         ikke det.",
        SE_DEKLARASJONENE,
    ),
    (
        "nullability-narrowed",
        "en verdi som kunne være null, er det ikke lenger",
        "Gamle konsumenter klarer seg. Men records med null ligger igjen på en komprimert topic, så en konsument \
         av den nye versjonen må tåle dem til alt er relastet.",
        RELAST,
    ),
    (
        "type-changed",
        "en verdi har fått en annen type, eller listen av verdier er kommet til eller borte",
        "En konsument som binder verdien til den gamle typen, kan ikke lese den.",
        "Legg til et felt med den nye typen ved siden av det gamle, eller start en ny topic.",
    ),
    (
        "format-changed",
        "formatet til en verdi er borte eller et annet",
        "Genererte konsumenter velger typen til et felt etter formatet: et annet format gir en annen type.",
        NY_TOPIC,
    ),
    (
        "format-stated",
        "formatet til en verdi er nå oppgitt",
        "Det sier bare det som alt gjaldt. En generert konsument kan likevel få en annen type for feltet.",
        INGENTING,
    ),
    (
        "integer-width-stated",
        "et format oppgir bredden til et heltall, slik grensene alt har det",
        "De samme verdiene er tillatt. Generatorer ser på `int32` og `int64`, ikke på grensene: med formatet velger de en type \
         som har plass til verdien.",
        INGENTING,
    ),
    (
        "enum-value-added",
        "en enum har fått en ny verdi",
        "Konsumenter må regne med verdier de ikke kjenner. De som feiler på en, stopper på den første recorden \
         som har den.",
        SE_DEKLARASJONENE,
    ),
    (
        "enum-value-removed",
        "en enum-verdi skrives ikke lenger",
        "Gamle konsumenter klarer seg. Records med verdien ligger igjen på en komprimert topic til nøklene \
         publiseres på nytt.",
        "En konsument av den nye versjonen må ta verdien for en den ikke kjenner.",
    ),
    (
        "enum-value-renamed",
        "en enum-verdi er borte, og en som staves nesten likt, er ny",
        "En konsument som gjør noe ved den gamle stavemåten, gjør det ikke lenger, og ingenting sier fra.",
        "Behold den gamle stavemåten, eller start en ny topic.",
    ),
    (
        "range-widened",
        "flere tall, lengder eller antall er tillatt enn før",
        "En konsument som har satt av plass til det gamle området, møter verdier som ikke får plass: et tall på 32 \
         biter renner over, en kolonne er for kort.",
        NY_TOPIC,
    ),
    (
        "range-narrowed",
        "færre verdier, lengder eller antall er tillatt enn før",
        "Gamle konsumenter klarer seg. Men records utenfor det nye området ligger igjen til alt er relastet.",
        RELAST,
    ),
    (
        "pattern-widened",
        "et mønster tillater flere tekster enn før",
        "En konsument som deler opp teksten etter det gamle mønsteret, møter en den ikke kan lese.",
        NY_TOPIC,
    ),
    (
        "pattern-narrowed",
        "et mønster tillater færre tekster enn før",
        "Gamle konsumenter klarer seg. Men records med tekster som ikke lenger er tillatt, ligger igjen til alt er \
         relastet.",
        RELAST,
    ),
    (
        "variant-added",
        "en union har fått en ny variant",
        "Konsumenter må regne med varianter de ikke kjenner. De som feiler på en, stopper på den første recorden \
         av den.",
        SE_DEKLARASJONENE,
    ),
    (
        "variant-removed",
        "en variant skrives ikke lenger",
        "Gamle konsumenter klarer seg. Records av varianten ligger igjen på en komprimert topic til nøklene \
         publiseres på nytt.",
        "En konsument av den nye versjonen må ta den for en variant den ikke kjenner.",
    ),
    (
        "discriminator-value-changed",
        "en variant heter noe annet, eller en annen egenskap skiller variantene",
        "Alle konsumenter velger variant etter denne teksten. Den er en del av kontrakten også der den ser ut som \
         et klassenavn.",
        "Behold teksten selv om klassen flyttes.",
    ),
    (
        "object-closed",
        "et objekt avviser nå egenskaper det ikke nevner",
        "En kontrakt må være åpen: en konsument som validerer med et lukket schema, stopper på det neste feltet \
         som kommer til.",
        "La `additionalProperties` være utelatt.",
    ),
    (
        "object-opened",
        "et objekt godtar nå egenskaper det ikke nevner",
        "Konsumenter som validerte med det lukkede schemaet, avviser det som kommer til fra nå av. Tolerante \
         merker ingenting.",
        SE_DEKLARASJONENE,
    ),
    (
        "key-schema-changed",
        "nøkkelens schema er et annet",
        "Komprimering og partisjonering sammenlikner nøkler byte for byte. En nøkkel som staves annerledes, er en \
         annen nøkkel: den gamle blir aldri komprimert bort, og en tabell har alt to ganger.",
        NY_TOPIC,
    ),
    (
        "cleanup-policy-changed",
        "`cleanup.policy` er en annen",
        "En konsument bygger tabellen sin fra begynnelsen av loggen. Uten komprimering venter den stadig lenger, \
         og med sletting mister den hver nøkkel som ikke nylig er publisert.",
        NY_TOPIC,
    ),
    (
        "partitions-changed",
        "antallet partisjoner er et annet",
        "Partisjonen til en nøkkel er hashen modulo antallet. Med et annet antall flytter de fleste nøklene seg: \
         den gamle verdien blir liggende, og ingenting ordner den foran den nye.",
        NY_TOPIC,
    ),
    (
        "retention-changed",
        "records eller tombstones beholdes en annen tid",
        "En konsument som var borte lenger enn tombstones beholdes, har nøkler som er fjernet, og må lese fra \
         begynnelsen.",
        "Gi konsumentene den nye tiden.",
    ),
    (
        "topic-setting-changed",
        "en innstilling som ingen annen regel gjelder, er en annen",
        "Kontrakten sier bare hva den skal være.",
        "Endre den på den levende topic-en også.",
    ),
    (
        "tombstones-begun",
        "tombstones sendes fra nå av, og ble ikke sendt før",
        "En konsument som aldri har møtt en record uten verdi, kan feile på den første.",
        "Se at hver konsument i topic.toml har en deklarasjon som sier hva den gjør med tombstones.",
    ),
    (
        "tombstones-ended",
        "tombstones sendes ikke lenger",
        "En konsument som fjerner det den har når en tombstone kommer, beholder det fra nå av.",
        "Si på en annen måte hva som er fjernet.",
    ),
    (
        "description-missing",
        "et felt har ingen beskrivelse",
        "Kontrakten er det en konsument har: et felt som ikke er beskrevet, blir gjettet på.",
        "Beskriv det der det er definert: en doc-kommentar i Rust, `description` i et schema.",
    ),
    (
        "documentation-changed",
        "en beskrivelse, en tittel eller stavemåten av et mønster er en annen, og det som er gyldig, er det samme",
        "Hver record som var gyldig, er det fortsatt, og ingen andre.",
        "Ingenting må gjøres.",
    ),
    (
        "contract-without-example",
        "ingen gyldige eksempler viser kontrakten, eller en av variantene",
        "Konsumenter skriver testene sine ut fra eksemplene, og kontraktsjekken viser med dem at schema og type er enige.",
        "Legg et til i en fil i `examples/valid/`.",
    ),
    (
        "retained-log",
        "records av en tidligere versjon kan ligge på topic-en, og en konsument av den nye avviser dem",
        "En komprimert topic beholder den siste recorden av hver nøkkel, uansett hvor gammel den er: alt siden \
         forrige fulle relast. Det er derfor ikke nok å lese den forrige versjonen.",
        "Godta den gamle formen også (for et påkrevd felt: nullbart, med en standardverdi), relast alt, sett \
         `retained-since` i topic.toml, og avvis den først da.",
    ),
    (
        "old-readers-stopped",
        "en tolerant konsument av en tidligere versjon avviser det den nye skriver",
        "Også en konsument som ser bort fra ukjente egenskaper, beholder ukjente verdier og varianter og tar null og \
         utelatt for det samme, stopper.",
        NY_TOPIC,
    ),
    (
        "reader-stopped",
        "en deklarert konsument kan ikke lese det den nye versjonen skriver, eller det lot seg ikke avgjøre",
        "Teamet har sagt i `contracts/readers/` hva den binder, og hva den gjør med det den ikke kjenner.",
        "Gi teamet beskjed, og vent på den nye versjonen og deklarasjonen deres. Eller før bruddet opp som tilsiktet, \
         med teamet i `readers-told`.",
    ),
    (
        "undecided",
        "det lot seg ikke avgjøre om den ene versjonen leser den andre",
        "Det som ikke er vist, slippes ikke gjennom.",
        "Si det med nøkkelord som lar seg avgjøre, eller se på endringen og før den opp som tilsiktet.",
    ),
    (
        "unclassified-difference",
        "et nøkkelord eller en innstilling er en annen, og ingen regel handler om det",
        "Det kontraktsjekken ikke forstår, slipper den ikke gjennom.",
        "Gi endringen et slag og en regel.",
    ),
];

/// The Norwegian text of a rule, if there is one. A test checks that every rule has one.
pub(super) fn norsk(id: &str) -> Option<NorskRegel> {
    let (_, summary, why, fix) = *REGLER.iter().find(|(name, ..)| *name == id)?;
    Some(NorskRegel { summary, why, fix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_there_in_norwegian() {
        let missing: Vec<_> = crate::rule::all().filter(|rule| norsk(rule.id).is_none()).collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
