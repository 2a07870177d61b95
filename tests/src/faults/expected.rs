//! The values that the topics should have, made from the rows of the database.
//!
//! The rules are those of `schema/WIRE.md` (sections 2, 3 and 5), written once more: they read the rows as JSON, and use no type and
//! no function of the product. So a mistake in how the product publishes is found too.

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sqlx::{AnyConnection, Connection as _};

use super::record::{ARENA_MIGRERING, DATAVAREHUS, GJENNOMFORINGER, TILTAKSTYPER};
use super::tables::Values;

const TILTAKSTYPE: &str = "SELECT document FROM tiltakstype";
const GJENNOMFORING: &str = "SELECT gjennomforing.document, tiltakstype.document, avtale.document, \
    opplaring_kategorisering.document FROM gjennomforing \
    JOIN tiltakstype ON tiltakstype.id = gjennomforing.tiltakstype_id \
    LEFT JOIN avtale ON avtale.id = gjennomforing.avtale_id \
    LEFT JOIN opplaring_kategorisering ON opplaring_kategorisering.gjennomforing_id = gjennomforing.id";

/// The tiltakskoder that are migrert in production.
const MIGRERT: [&str; 13] = [
    "ARBEIDSFORBEREDENDE_TRENING",
    "ARBEIDSMARKEDSOPPLAERING",
    "ARBEIDSRETTET_REHABILITERING",
    "AVKLARING",
    "DIGITALT_OPPFOLGINGSTILTAK",
    "FAG_OG_YRKESOPPLAERING",
    "GRUPPE_ARBEIDSMARKEDSOPPLAERING",
    "GRUPPE_FAG_OG_YRKESOPPLAERING",
    "JOBBKLUBB",
    "NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV",
    "OPPFOLGING",
    "STUDIESPESIALISERING",
    "VARIG_TILRETTELAGT_ARBEID_SKJERMET",
];

/// The documents of a gjennomføring, and of what belongs to it; null for what it does not have.
struct Joined {
    gjennomforing: Value,
    tiltakstype: Value,
    avtale: Value,
    kategorisering: Value,
}

/// Reads the database.
pub(super) async fn read(url: &str) -> Result<Values> {
    let mut connection = AnyConnection::connect(url).await?;
    let tiltakstyper: Vec<String> = sqlx::query_scalar(TILTAKSTYPE).fetch_all(&mut connection).await?;
    let gjennomforinger: Vec<(String, String, Option<String>, Option<String>)> =
        sqlx::query_as(GJENNOMFORING).fetch_all(&mut connection).await?;
    connection.close().await?;
    let mut values = Values::new();
    for document in tiltakstyper {
        let source: Value = serde_json::from_str(&document)?;
        if source["system"] == "TILTAKSADMINISTRASJON" {
            values.insert((TILTAKSTYPER, id(&source)), tiltakstype(&source)?);
        }
    }
    let optional =
        |document: Option<String>| document.map_or(Ok(Value::Null), |it| serde_json::from_str(&it));
    for (gjennomforing, tiltakstype, avtale, kategorisering) in gjennomforinger {
        let joined = Joined {
            gjennomforing: serde_json::from_str(&gjennomforing)?,
            tiltakstype: serde_json::from_str(&tiltakstype)?,
            avtale: optional(avtale)?,
            kategorisering: optional(kategorisering)?,
        };
        let id = id(&joined.gjennomforing);
        values.insert((GJENNOMFORINGER, id.clone()), gjennomforing_v2(&joined)?);
        values.insert((DATAVAREHUS, id.clone()), datavarehus(&joined)?);
        let tiltakskode = text(&joined.tiltakstype["tiltakskode"]);
        if MIGRERT.contains(&tiltakskode) && !joined.gjennomforing["start_dato"].is_null() {
            values.insert((ARENA_MIGRERING, id), arena_migrering(&joined)?);
        }
    }
    Ok(values)
}

fn id(source: &Value) -> String {
    text(&source["id"]).to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn tiltakstype(source: &Value) -> Result<Value> {
    Ok(json!({
        "id": source["id"],
        "navn": source["navn"],
        "tiltakskode": source["tiltakskode"],
        "innsatsgrupper": source["innsatsgrupper"],
        "arenaKode": source["arena_kode"],
        "deltakerRegistreringInnhold": source["deltaker_registrering_innhold"],
        "opprettetTidspunkt": local(&source["opprettet"])?,
        "oppdatertTidspunkt": local(&source["oppdatert"])?,
    }))
}

fn gjennomforing_v2(joined: &Joined) -> Result<Value> {
    let source = &joined.gjennomforing;
    let from_arena = source["kind"] == "ARENA";
    let is_gruppe = source["oppstart"] != "ENKELTPLASS" && source["kind"] != "ENKELTPLASS";
    let mut value = object(json!({
        "type": format!("TiltaksgjennomforingV2.{}", if is_gruppe { "Gruppe" } else { "Enkeltplass" }),
        "id": source["id"],
        "opprettetTidspunkt": utc(&source["opprettet"])?,
        "oppdatertTidspunkt": utc(&source["oppdatert"])?,
        "tiltakskode": joined.tiltakstype["tiltakskode"],
        "arrangor": { "organisasjonsnummer": source["arrangor"] },
        "status": source["status"],
        "oppstart": source["oppstart"],
        "pameldingType": source["pamelding_type"],
    }));
    if !source["lopenummer"].is_null() {
        value.insert("lopenummer".to_owned(), source["lopenummer"].clone());
    }
    let known = |field: &str| if from_arena { &Value::Null } else { &source[field] };
    if is_gruppe {
        value.extend(object(json!({
            "navn": source["navn"],
            "startDato": source["start_dato"],
            "sluttDato": source["slutt_dato"],
            "tilgjengeligForArrangorFraOgMedDato": known("tilgjengelig_for_arrangor_dato"),
            "apentForPamelding": known("apent_for_pamelding") == &json!(true),
            "antallPlasser": source["antall_plasser"],
            "deltidsprosent": source["deltidsprosent"],
            "oppmoteSted": known("oppmote_sted"),
        })));
    }
    Ok(value.into())
}

fn arena_migrering(joined: &Joined) -> Result<Value> {
    let source = &joined.gjennomforing;
    let enhet = match (&source["arena"]["enhet"], text(&source["kind"])) {
        (Value::Null, "AVTALE") => &joined.avtale["regioner"][0],
        (Value::Null, _) => &source["ansvarlig_enhet"],
        (enhet, _) => enhet,
    };
    Ok(json!({
        "id": source["id"],
        "arenaId": source["arena"]["id"],
        "tiltakskode": joined.tiltakstype["arena_kode"],
        "startDato": source["start_dato"],
        "sluttDato": source["slutt_dato"],
        "opprettetTidspunkt": local(&source["opprettet"])?,
        "endretTidspunkt": local(&source["oppdatert"])?,
        "navn": source["navn"],
        "orgnummer": source["arrangor"],
        "antallPlasser": source["antall_plasser"],
        "status": source["status"],
        "enhet": enhet,
        "apentForInnsok": source["kind"] == "AVTALE" && source["apent_for_pamelding"] == true,
        "deltidsprosent": source["deltidsprosent"],
    }))
}

fn datavarehus(joined: &Joined) -> Result<Value> {
    let (source, avtale) = (&joined.gjennomforing, &joined.avtale);
    let tiltakskode = text(&joined.tiltakstype["tiltakskode"]);
    let of_gruppe =
        |field: &str| if source["oppstart"] == "ENKELTPLASS" { &Value::Null } else { &source[field] };
    let avtale = match avtale {
        Value::Null => Value::Null,
        avtale => json!({
            "id": avtale["id"],
            "navn": avtale["navn"],
            "opprettetTidspunkt": local(&avtale["opprettet"])?,
            "oppdatertTidspunkt": local(&avtale["oppdatert"])?,
        }),
    };
    let (variant, own) = match tiltakskode {
        "FAG_OG_YRKESOPPLAERING" | "ENKELTPLASS_FAG_OG_YRKESOPPLAERING" | "GRUPPE_FAG_OG_YRKESOPPLAERING" => {
            ("Yrkesfag", json!({ "utdanningslop": joined.kategorisering["utdanningslop"] }))
        }
        "ARBEIDSMARKEDSOPPLAERING"
        | "ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING"
        | "GRUPPE_ARBEIDSMARKEDSOPPLAERING"
        | "NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV"
        | "STUDIESPESIALISERING" => {
            ("Amo", json!({ "amoKategorisering": amo(tiltakskode, &joined.kategorisering)? }))
        }
        _ => ("", json!({})),
    };
    let mut value = object(json!({
        "type": format!("no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1{variant}Dto"),
        "tiltakskode": tiltakskode,
        "avtale": avtale,
        "gjennomforing": {
            "id": source["id"],
            "opprettetTidspunkt": local(&source["opprettet"])?,
            "oppdatertTidspunkt": local(&source["oppdatert"])?,
            "arrangor": { "organisasjonsnummer": source["arrangor"] },
            "navn": of_gruppe("navn"),
            "oppstartstype": source["oppstart"],
            "pameldingstype": source["pamelding_type"],
            "startDato": of_gruppe("start_dato"),
            "sluttDato": of_gruppe("slutt_dato"),
            "status": of_gruppe("status"),
            "arena": source["arena"]["nummer"],
            "deltidsprosent": of_gruppe("deltidsprosent"),
        },
    }));
    value.extend(object(own));
    Ok(value.into())
}

/// Section 3.5: the properties are those that tiltakskode and kurstype decide, if they have a value.
fn amo(tiltakskode: &str, source: &Value) -> Result<Value> {
    if source["kurstype"].is_null() || tiltakskode == "ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING" {
        return Ok(Value::Null);
    }
    let mut given = object(json!({
        "kurstype": source["kurstype"],
        "bransje": source["bransje"],
        "forerkort": source["forerkort"],
        "innholdElementer": source["innhold_elementer"],
        "norskprove": source["norskprove"],
        "sertifiseringer": source["sertifiseringer"],
    }));
    given.retain(|_, value| !value.is_null());
    let content: &[&str] = match (tiltakskode, text(&source["kurstype"])) {
        ("STUDIESPESIALISERING", _) => {
            given.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
            return Ok(given.into());
        }
        ("GRUPPE_ARBEIDSMARKEDSOPPLAERING" | "ARBEIDSMARKEDSOPPLAERING", "BRANSJE_OG_YRKESRETTET") => {
            &["bransje", "sertifiseringer", "forerkort", "innholdElementer"]
        }
        (
            "GRUPPE_ARBEIDSMARKEDSOPPLAERING" | "NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV",
            "FORBEREDENDE_OPPLAERING_FOR_VOKSNE" | "GRUNNLEGGENDE_FERDIGHETER",
        ) => &["innholdElementer"],
        (
            "GRUPPE_ARBEIDSMARKEDSOPPLAERING" | "NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV",
            "NORSKOPPLAERING",
        ) => &["norskprove", "innholdElementer"],
        ("GRUPPE_ARBEIDSMARKEDSOPPLAERING", "STUDIESPESIALISERING") => &[],
        (tiltakskode, kurstype) => {
            bail!("{tiltakskode} with kurstype {kurstype}, which may not be published")
        }
    };
    given.retain(|name, _| name == "kurstype" || content.contains(&name.as_str()));
    Ok(given.into())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// An instant: seconds always, and a fraction of 3, 6 or 9 digits if there is one.
fn utc(value: &Value) -> Result<String> {
    let time = time(value)?;
    let nanos = time.subsec_nanosecond();
    Ok(format!("{}{}Z", time.strftime("%Y-%m-%dT%H:%M:%S"), fraction(nanos)))
}

/// Norwegian local time: as an instant, and without the seconds when these are 0 too.
fn local(value: &Value) -> Result<String> {
    let time = time(value)?.in_tz("Europe/Oslo")?;
    let (seconds, nanos) = (time.second(), time.subsec_nanosecond());
    let seconds = if (seconds, nanos) == (0, 0) { String::new() } else { format!(":{seconds:02}") };
    Ok(format!("{}{seconds}{}", time.strftime("%Y-%m-%dT%H:%M"), fraction(nanos)))
}

fn time(value: &Value) -> Result<Timestamp> {
    text(value).parse().context("a time in the database")
}

fn fraction(nanos: i32) -> String {
    let digits = format!("{nanos:09}");
    match nanos {
        0 => String::new(),
        _ if nanos % 1_000_000 == 0 => format!(".{}", &digits[..3]),
        _ if nanos % 1_000 == 0 => format!(".{}", &digits[..6]),
        _ => format!(".{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tiltak_producer::{CommandService, Location, Store, seed};

    use super::*;
    use crate::faults::checker::Verdict;
    use crate::faults::journal;
    use crate::faults::record::BOTH;
    use crate::faults::setting::StoreKind;
    use crate::faults::writers::moment;

    /// Gives each gjennomføring all that it can have.
    const FILL: &str = "UPDATE gjennomforing SET document = json_set(document, '$.navn', 'Kurs', \
        '$.start_dato', '2026-01-01', '$.slutt_dato', '2026-12-31', '$.antall_plasser', 7, '$.deltidsprosent', 50.5, \
        '$.tilgjengelig_for_arrangor_dato', '2025-12-15', '$.apent_for_pamelding', json('true'), \
        '$.oppmote_sted', 'Storgata 1', '$.ansvarlig_enhet', '0300', '$.arena.id', 9, \
        '$.arena.nummer', json('{\"aar\": 2020, \"lopenummer\": 8}'))";

    #[tokio::test]
    async fn the_producer_publishes_of_each_row_what_the_contract_says() {
        check(None).await;
    }

    #[tokio::test]
    async fn the_producer_leaves_out_of_a_full_row_what_the_contract_says() {
        check(Some(FILL)).await;
    }

    /// Seeds a database, changes it, and compares what the producer publishes.
    async fn check(change: Option<&'static str>) {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tiltak.db").display().to_string();
        let url = format!("sqlite://{file}");
        let store = Store::connect(&Location::from(&*file)).await.unwrap();
        let filling = seed::Options { scale: 3_000, ..seed::Options::default() };
        seed::load(&store, &filling, moment(1).unwrap(), |_| {}).await.unwrap();
        journal::install(&url, StoreKind::Sqlite).await.unwrap();
        if let Some(change) = change {
            let mut connection = AnyConnection::connect(&url).await.unwrap();
            sqlx::query(change).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        CommandService::new(store).relast_everything(|_| {}).await.unwrap();

        let (rows, _) = journal::read(&url).await.unwrap();
        let topics = [TILTAKSTYPER, GJENNOMFORINGER, ARENA_MIGRERING, DATAVAREHUS];
        let record = |(topic, key, value): (String, String, Option<String>)| {
            let topic = topics.into_iter().find(|it| *it == topic).unwrap();
            ((topic, key), serde_json::from_str(&value.unwrap()).unwrap())
        };
        let published: Values = rows.into_iter().flat_map(|row| row.records).map(record).collect();
        let mut verdict = Verdict::default();
        let expected = read(&url).await.unwrap();
        verdict.differences(|it| &mut it.table_not_database, "differs", &published, &expected);
        assert_eq!(verdict, Verdict::default());
        let variants = |topic| {
            let values = published.iter().filter(|((of, _), _)| *of == topic);
            values.map(|(_, value)| text(&value["type"])).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(BOTH.map(variants), [2, 3]);
        assert!(topics.iter().all(|topic| published.keys().any(|(of, _)| of == topic)));
    }
}
