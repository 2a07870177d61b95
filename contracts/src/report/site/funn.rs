//! The Norwegian sentences for findings and for breakages of readers.

use serde_json::Value;

use crate::change::{ChangeKind, KeywordChange};
use crate::reader::{DeclarationDrift, ReaderBreakage, Unmet};
use crate::rule::{Detail, Direction, Finding, ShownValue};

/// The sentence for a finding of a rule.
pub(super) fn finding(finding: &Finding) -> String {
    match &finding.detail {
        Detail::Change(kind) => change(kind),
        Detail::Values { is_allowed_now, shown, keywords } => {
            let verb = if *is_allowed_now { "tillater nå" } else { "tillater ikke lenger" };
            let shown = match shown {
                ShownValue::Found(value) => value.clone(),
                ShownValue::Unknown { reason } => format!("verdier som ikke lot seg bestemme ({reason})"),
            };
            format!("{verb} {shown}: {}", keyword_changes(keywords))
        }
        Detail::SameValues(keywords) => {
            format!("staves annerledes, for de samme verdiene: {}", keyword_changes(keywords))
        }
        Detail::Refused { direction: Direction::Backward, versions, keyword } => format!(
            "records av {} kan ligge på topic-en, og en konsument av denne versjonen avviser dem ({keyword})",
            list(versions)
        ),
        Detail::Refused { direction: Direction::Forward, versions, keyword } => {
            format!("en konsument av {} avviser det som skrives nå ({keyword})", list(versions))
        }
        Detail::Undecided { direction: Direction::Backward, version, reason } => {
            format!("om denne versjonen leser records av {version}, lot seg ikke avgjøre: {reason}")
        }
        Detail::Undecided { direction: Direction::Forward, version, reason } => {
            format!("om konsumenter av {version} leser denne versjonen, lot seg ikke avgjøre: {reason}")
        }
        Detail::Reader(breakage) => format!("stopper {}: {}", breakage.app, self::breakage(breakage)),
        Detail::NoExample => "ingen gyldige eksempler viser den".to_owned(),
        Detail::NoExampleOfVariant(name) => format!("ingen gyldige eksempler viser varianten {name}"),
        Detail::NoDescription => "har ingen beskrivelse".to_owned(),
    }
}

/// The sentence for a breakage: why a contract breaks a reader.
pub(super) fn breakage(breakage: &ReaderBreakage) -> String {
    let ReaderBreakage { pointer, value, values, .. } = breakage;
    let shown = value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
    let others = others(value.as_ref(), values);
    let sentence = match &breakage.unmet {
        Unmet::LeftOut => format!("{pointer} er utelatt, og den krever feltet"),
        Unmet::Null => format!("{pointer} er null, og den godtar ikke null"),
        Unmet::UnknownProperty => format!("{pointer} er en ukjent egenskap, og den feiler på slike"),
        Unmet::UnknownVariant => {
            format!("{pointer}{shown} er en variant den ikke kjenner, og den feiler på slike{others}")
        }
        Unmet::UnknownEnumValue { known } => {
            format!(
                "{pointer}{shown} er ikke blant de {known} verdiene den kjenner, og den feiler på ukjente{others}"
            )
        }
        Unmet::OtherPattern(pattern) => {
            format!("{pointer}{shown} passer ikke med mønsteret {pattern}, som den krever")
        }
        Unmet::NotReadAs(name) => format!("{pointer}{shown} er ingen {name}, som den leser"),
        Unmet::OtherType(name) => format!("{pointer}{shown} har en annen type enn {name}, som den leser"),
        Unmet::Tombstone => "en tombstone (en record uten verdi) sendes, og den feiler på slike".to_owned(),
        Unmet::UndeclaredTombstone => {
            "tombstones sendes fra nå av, og ingen deklarasjon sier hva den gjør med dem".to_owned()
        }
        Unmet::Whole { place, keyword } => {
            let place = if place.is_empty() { "recorden" } else { place };
            format!("{place} avvises, av nøkkelordet {keyword} i schemaet dens")
        }
        Unmet::Undecided { reason } if pointer.is_root() => format!("hele recorden: {reason}"),
        Unmet::Undecided { reason } => format!("{pointer}: {reason}"),
    };
    match breakage.variants.as_slice() {
        [] => sentence,
        variants => format!("{sentence} (i {})", variants.join(", ")),
    }
}

/// The sentence for drift: something that a declaration names and the contract does not have.
pub(super) fn drift(drift: &DeclarationDrift) -> String {
    match drift {
        DeclarationDrift::Field { pointer, required: true } => {
            format!("krever et felt som kontrakten ikke har: {pointer}")
        }
        DeclarationDrift::Field { pointer, .. } => {
            format!("nevner et felt som kontrakten ikke har: {pointer}")
        }
        DeclarationDrift::Values { pointer, values } => {
            format!("kjenner verdier som kontrakten ikke har: {pointer} = {}", values.join(", "))
        }
        DeclarationDrift::Variant { variant } => {
            format!("kjenner en variant som kontrakten ikke har: {variant}")
        }
    }
}

/// The other values, of which the sentence names up to four.
fn others(shown: Option<&Value>, values: &[Value]) -> String {
    const MOST: usize = 4;
    let others: Vec<_> = values.iter().filter(|value| Some(*value) != shown).map(Value::to_string).collect();
    match others.len() {
        0 => String::new(),
        count if count <= MOST => format!("; det samme gjelder {}", others.join(", ")),
        count => format!("; det samme gjelder {} og {} til", others[..MOST].join(", "), count - MOST),
    }
}

fn list(items: &[semver::Version]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn keyword_changes(keywords: &[KeywordChange]) -> String {
    let of_one = |KeywordChange { keyword, from, to }: &KeywordChange| match (from, to) {
        (None, Some(to)) => format!("{keyword} er nå {to}, og var ikke satt"),
        (Some(from), None) => format!("{keyword} var {from}, og er ikke satt nå"),
        (Some(from), Some(to)) => format!("{keyword} var {from}, og er nå {to}"),
        (None, None) => (*keyword).to_owned(),
    };
    keywords.iter().map(of_one).collect::<Vec<_>>().join("; ")
}

fn change(kind: &ChangeKind) -> String {
    match kind {
        ChangeKind::FieldAdded { shape, required: true } if !shape.nullable => {
            "er nytt og alltid med".to_owned()
        }
        ChangeKind::FieldAdded { required, .. } => {
            let form = if *required { "være null" } else { "mangle" };
            format!("er nytt og kan {form}")
        }
        ChangeKind::FieldRemoved { shape, required: true } if !shape.nullable => {
            "var alltid med, og er borte".to_owned()
        }
        ChangeKind::FieldRemoved { .. } => "er borte; konsumentene måtte tåle det allerede".to_owned(),
        ChangeKind::FieldRenamed { to } => format!("heter nå {to}"),
        ChangeKind::Required { now: true, .. } => "kunne mangle, og er nå alltid med".to_owned(),
        ChangeKind::Required { now: false, nullable: true } => {
            "kan nå mangle; konsumentene måtte tåle null allerede".to_owned()
        }
        ChangeKind::Required { now: false, nullable: false } => "var alltid med, og kan nå mangle".to_owned(),
        ChangeKind::Nullable { now: false, .. } => "kunne være null, og kan det ikke lenger".to_owned(),
        ChangeKind::Nullable { now: true, required: true } => "var aldri null, og kan nå være det".to_owned(),
        ChangeKind::Nullable { now: true, required: false } => {
            "kan nå være null; konsumentene måtte tåle at det manglet allerede".to_owned()
        }
        ChangeKind::NullMadeAbsent => "var null når det var tomt, og utelates nå".to_owned(),
        ChangeKind::AbsentMadeNull => "ble utelatt når det var tomt, og er nå null".to_owned(),
        ChangeKind::Type { from, to, .. } => format!("var {from}, og er nå {to}"),
        ChangeKind::Constraint { keywords, .. } => keyword_changes(keywords),
        ChangeKind::Format { from: None, to } => {
            format!("formatet {} er nå oppgitt", to.as_deref().unwrap_or_default())
        }
        ChangeKind::Format { from: Some(from), to } => {
            format!("formatet var {from}, og er nå {}", to.as_deref().unwrap_or("ikke oppgitt"))
        }
        ChangeKind::IntegerWidth { format } => {
            format!("formatet {format} er nå oppgitt, slik grensene alt har det")
        }
        ChangeKind::ValueAdded(value) => format!("verdien {value} er ny"),
        ChangeKind::ValueRemoved(value) => format!("verdien {value} skrives ikke lenger"),
        ChangeKind::ValueRenamed { from, to } => format!("verdien {from} staves nå {to}"),
        ChangeKind::Discriminator { from, to } => {
            format!("variantene ble skilt av {from}, og skilles nå av {to}")
        }
        ChangeKind::VariantAdded { name, .. } => format!("varianten {name} er ny"),
        ChangeKind::VariantRemoved { name, .. } => format!("varianten {name} skrives ikke lenger"),
        ChangeKind::VariantRenamed { from, to } => format!("varianten {from} heter nå {to}"),
        ChangeKind::Closed { now: true } => "avviser hver egenskap den ikke nevner".to_owned(),
        ChangeKind::Closed { now: false } => "godtar egenskaper den ikke nevner".to_owned(),
        ChangeKind::KeyForm => "har en annen form: det som finnes, får en nøkkel til".to_owned(),
        ChangeKind::Setting { effect, from, to } => {
            let text = |value: &Option<String>| value.clone().unwrap_or("standarden til brokeren".to_owned());
            let unknown = if effect.is_none() { "; Kafka har ingen slik innstilling" } else { "" };
            format!("var {}, og er nå {}{unknown}", text(from), text(to))
        }
        ChangeKind::Tombstones { now: true } => "tombstones sendes fra nå av".to_owned(),
        ChangeKind::Tombstones { now: false } => "tombstones sendes ikke lenger".to_owned(),
        ChangeKind::Description => "er beskrevet med andre ord".to_owned(),
        ChangeKind::AnnotationsOnly => "har andre titler eller navn på definisjoner".to_owned(),
        ChangeKind::Keyword { keyword } => {
            format!("nøkkelordet {keyword} er et annet, og ingen regel sier hva det betyr")
        }
    }
}
