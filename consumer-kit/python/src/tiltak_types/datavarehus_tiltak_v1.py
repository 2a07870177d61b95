# Made by `contracts generate`. Changes are made in the schemas, or in the generator.
"""Values of the records on datavarehus-tiltak-v1, version 1.0.2 of the contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from . import _json
from ._json import JsonMismatchError, Place

__all__ = ["JsonMismatchError", "parse_datavarehus_tiltak_v1", "stringify_datavarehus_tiltak_v1"]


@dataclass(frozen=True)
class Tiltak:
    """Any measure that is neither AMO nor vocational training."""

    tiltakskode: Tiltakskode
    """Code of the tiltakstype."""
    avtale: Optional[Avtale]
    """The avtale that the gjennomføring runs under, if any."""
    gjennomforing: Gjennomforing
    """The gjennomføring."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["type"] = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto"
        it["tiltakskode"] = self.tiltakskode
        it["avtale"] = None if self.avtale is None else self.avtale.to_json()
        it["gjennomforing"] = self.gjennomforing.to_json()
        return it


def _read_tiltak(value: object, at: Place) -> Tiltak:
    it = _json.obj(value, at)
    _json.tag(it, "type", "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto", at)
    return Tiltak(
        _json.required(it, "tiltakskode", _read_tiltakskode, at),
        _json.optional(it, "avtale", _read_avtale, at),
        _json.required(it, "gjennomforing", _read_gjennomforing, at),
    )


@dataclass(frozen=True)
class Amo:
    """Arbeidsmarkedsopplæring (AMO)."""

    tiltakskode: Tiltakskode
    """Code of the tiltakstype."""
    avtale: Optional[Avtale]
    """The avtale that the gjennomføring runs under, if any."""
    gjennomforing: Gjennomforing
    """The gjennomføring."""
    amo_kategorisering: Optional[AmoKategorisering]
    """What kind of course it is, if it is categorised."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["type"] = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto"
        it["tiltakskode"] = self.tiltakskode
        it["avtale"] = None if self.avtale is None else self.avtale.to_json()
        it["gjennomforing"] = self.gjennomforing.to_json()
        it["amoKategorisering"] = None if self.amo_kategorisering is None else self.amo_kategorisering.to_json()
        return it


def _read_amo(value: object, at: Place) -> Amo:
    it = _json.obj(value, at)
    _json.tag(it, "type", "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto", at)
    return Amo(
        _json.required(it, "tiltakskode", _read_tiltakskode, at),
        _json.optional(it, "avtale", _read_avtale, at),
        _json.required(it, "gjennomforing", _read_gjennomforing, at),
        _json.optional(it, "amoKategorisering", _read_amo_kategorisering, at),
    )


@dataclass(frozen=True)
class Yrkesfag:
    """Vocational training."""

    tiltakskode: Tiltakskode
    """Code of the tiltakstype."""
    avtale: Optional[Avtale]
    """The avtale that the gjennomføring runs under, if any."""
    gjennomforing: Gjennomforing
    """The gjennomføring."""
    utdanningslop: Optional[Utdanningslop]
    """The education that is given, if it is known."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["type"] = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto"
        it["tiltakskode"] = self.tiltakskode
        it["avtale"] = None if self.avtale is None else self.avtale.to_json()
        it["gjennomforing"] = self.gjennomforing.to_json()
        it["utdanningslop"] = None if self.utdanningslop is None else self.utdanningslop.to_json()
        return it


def _read_yrkesfag(value: object, at: Place) -> Yrkesfag:
    it = _json.obj(value, at)
    _json.tag(it, "type", "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto", at)
    return Yrkesfag(
        _json.required(it, "tiltakskode", _read_tiltakskode, at),
        _json.optional(it, "avtale", _read_avtale, at),
        _json.required(it, "gjennomforing", _read_gjennomforing, at),
        _json.optional(it, "utdanningslop", _read_utdanningslop, at),
    )


@dataclass(frozen=True)
class Ukjent:
    """A variant that this version of the contract does not know. It is written as it was read."""

    content: Mapping[str, Any]
    """All properties, the discriminator too."""

    @property
    def type(self) -> str:
        """The value of the discriminator."""
        return _json.required(self.content, "type", _json.text, ())

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        return dict(self.content)


DatavarehusTiltakV1 = Union[Tiltak, Amo, Yrkesfag, Ukjent]
"""A gjennomføring with its tiltakstype and avtale. The variant follows from the tiltakskode.

No text is written with U+0000 in it; one in an earlier record may have it."""


def _read_datavarehus_tiltak_v1(value: object, at: Place) -> DatavarehusTiltakV1:
    tag = _json.required(_json.obj(value, at), "type", _json.text, at)
    if tag == "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto":
        return _read_tiltak(value, at)
    if tag == "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto":
        return _read_amo(value, at)
    if tag == "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto":
        return _read_yrkesfag(value, at)
    return Ukjent(_json.mapping(_json.anything)(value, at))


class Tiltakskode(str):
    """Code of a tiltakstype in Tiltaksadministrasjon.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[Tiltakskode, ...]
    """Every value that this version knows."""
    ARBEIDSRETTET_REHABILITERING: Tiltakskode
    AVKLARING: Tiltakskode
    DIGITALT_OPPFOLGINGSTILTAK: Tiltakskode
    JOBBKLUBB: Tiltakskode
    OPPFOLGING: Tiltakskode
    ARBEIDSFORBEREDENDE_TRENING: Tiltakskode
    VARIG_TILRETTELAGT_ARBEID_SKJERMET: Tiltakskode
    TILRETTELAGT_ARBEID_ORDINAER: Tiltakskode
    ARBEIDSMARKEDSOPPLAERING: Tiltakskode
    ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING: Tiltakskode
    ENKELTPLASS_FAG_OG_YRKESOPPLAERING: Tiltakskode
    FAG_OG_YRKESOPPLAERING: Tiltakskode
    GRUPPE_ARBEIDSMARKEDSOPPLAERING: Tiltakskode
    GRUPPE_FAG_OG_YRKESOPPLAERING: Tiltakskode
    HOYERE_UTDANNING: Tiltakskode
    HOYERE_YRKESFAGLIG_UTDANNING: Tiltakskode
    NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV: Tiltakskode
    STUDIESPESIALISERING: Tiltakskode
    INDIVIDUELL_JOBBSTOTTE: Tiltakskode
    INDIVIDUELL_JOBBSTOTTE_UNG: Tiltakskode
    ARBEID_MED_STOTTE: Tiltakskode
    ARBEIDSTRENING: Tiltakskode
    MIDLERTIDIG_LONNSTLSKUDD: Tiltakskode
    VARIG_LONNSTILSKUD: Tiltakskode
    MENTOR: Tiltakskode
    INKLUDERINGSTILSKUD: Tiltakskode
    SOMMERJOBB: Tiltakskode
    VTAO: Tiltakskode
    FIREARIG_LONNSTILSUDD: Tiltakskode

    @property
    def kjent(self) -> Optional[Tiltakskode]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


Tiltakskode.ARBEIDSRETTET_REHABILITERING = Tiltakskode("ARBEIDSRETTET_REHABILITERING")
Tiltakskode.AVKLARING = Tiltakskode("AVKLARING")
Tiltakskode.DIGITALT_OPPFOLGINGSTILTAK = Tiltakskode("DIGITALT_OPPFOLGINGSTILTAK")
Tiltakskode.JOBBKLUBB = Tiltakskode("JOBBKLUBB")
Tiltakskode.OPPFOLGING = Tiltakskode("OPPFOLGING")
Tiltakskode.ARBEIDSFORBEREDENDE_TRENING = Tiltakskode("ARBEIDSFORBEREDENDE_TRENING")
Tiltakskode.VARIG_TILRETTELAGT_ARBEID_SKJERMET = Tiltakskode("VARIG_TILRETTELAGT_ARBEID_SKJERMET")
Tiltakskode.TILRETTELAGT_ARBEID_ORDINAER = Tiltakskode("TILRETTELAGT_ARBEID_ORDINAER")
Tiltakskode.ARBEIDSMARKEDSOPPLAERING = Tiltakskode("ARBEIDSMARKEDSOPPLAERING")
Tiltakskode.ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING = Tiltakskode("ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING")
Tiltakskode.ENKELTPLASS_FAG_OG_YRKESOPPLAERING = Tiltakskode("ENKELTPLASS_FAG_OG_YRKESOPPLAERING")
Tiltakskode.FAG_OG_YRKESOPPLAERING = Tiltakskode("FAG_OG_YRKESOPPLAERING")
Tiltakskode.GRUPPE_ARBEIDSMARKEDSOPPLAERING = Tiltakskode("GRUPPE_ARBEIDSMARKEDSOPPLAERING")
Tiltakskode.GRUPPE_FAG_OG_YRKESOPPLAERING = Tiltakskode("GRUPPE_FAG_OG_YRKESOPPLAERING")
Tiltakskode.HOYERE_UTDANNING = Tiltakskode("HOYERE_UTDANNING")
Tiltakskode.HOYERE_YRKESFAGLIG_UTDANNING = Tiltakskode("HOYERE_YRKESFAGLIG_UTDANNING")
Tiltakskode.NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV = Tiltakskode("NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV")
Tiltakskode.STUDIESPESIALISERING = Tiltakskode("STUDIESPESIALISERING")
Tiltakskode.INDIVIDUELL_JOBBSTOTTE = Tiltakskode("INDIVIDUELL_JOBBSTOTTE")
Tiltakskode.INDIVIDUELL_JOBBSTOTTE_UNG = Tiltakskode("INDIVIDUELL_JOBBSTOTTE_UNG")
Tiltakskode.ARBEID_MED_STOTTE = Tiltakskode("ARBEID_MED_STOTTE")
Tiltakskode.ARBEIDSTRENING = Tiltakskode("ARBEIDSTRENING")
Tiltakskode.MIDLERTIDIG_LONNSTLSKUDD = Tiltakskode("MIDLERTIDIG_LONNSTLSKUDD")
Tiltakskode.VARIG_LONNSTILSKUD = Tiltakskode("VARIG_LONNSTILSKUD")
Tiltakskode.MENTOR = Tiltakskode("MENTOR")
Tiltakskode.INKLUDERINGSTILSKUD = Tiltakskode("INKLUDERINGSTILSKUD")
Tiltakskode.SOMMERJOBB = Tiltakskode("SOMMERJOBB")
Tiltakskode.VTAO = Tiltakskode("VTAO")
Tiltakskode.FIREARIG_LONNSTILSUDD = Tiltakskode("FIREARIG_LONNSTILSUDD")
Tiltakskode.kjente = (
    Tiltakskode.ARBEIDSRETTET_REHABILITERING,
    Tiltakskode.AVKLARING,
    Tiltakskode.DIGITALT_OPPFOLGINGSTILTAK,
    Tiltakskode.JOBBKLUBB,
    Tiltakskode.OPPFOLGING,
    Tiltakskode.ARBEIDSFORBEREDENDE_TRENING,
    Tiltakskode.VARIG_TILRETTELAGT_ARBEID_SKJERMET,
    Tiltakskode.TILRETTELAGT_ARBEID_ORDINAER,
    Tiltakskode.ARBEIDSMARKEDSOPPLAERING,
    Tiltakskode.ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING,
    Tiltakskode.ENKELTPLASS_FAG_OG_YRKESOPPLAERING,
    Tiltakskode.FAG_OG_YRKESOPPLAERING,
    Tiltakskode.GRUPPE_ARBEIDSMARKEDSOPPLAERING,
    Tiltakskode.GRUPPE_FAG_OG_YRKESOPPLAERING,
    Tiltakskode.HOYERE_UTDANNING,
    Tiltakskode.HOYERE_YRKESFAGLIG_UTDANNING,
    Tiltakskode.NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV,
    Tiltakskode.STUDIESPESIALISERING,
    Tiltakskode.INDIVIDUELL_JOBBSTOTTE,
    Tiltakskode.INDIVIDUELL_JOBBSTOTTE_UNG,
    Tiltakskode.ARBEID_MED_STOTTE,
    Tiltakskode.ARBEIDSTRENING,
    Tiltakskode.MIDLERTIDIG_LONNSTLSKUDD,
    Tiltakskode.VARIG_LONNSTILSKUD,
    Tiltakskode.MENTOR,
    Tiltakskode.INKLUDERINGSTILSKUD,
    Tiltakskode.SOMMERJOBB,
    Tiltakskode.VTAO,
    Tiltakskode.FIREARIG_LONNSTILSUDD,
)


def _read_tiltakskode(value: object, at: Place) -> Tiltakskode:
    return Tiltakskode(_json.text(value, at))


@dataclass(frozen=True)
class Avtale:
    """The avtale that a gjennomføring runs under."""

    id: str
    """Id of the avtale."""
    navn: str
    """Name for people. Written with something to read in it; the name in an earlier record may be blank."""
    opprettet_tidspunkt: str
    """When the avtale was created, in Norwegian local time."""
    oppdatert_tidspunkt: str
    """When the avtale was last changed, in Norwegian local time."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["id"] = self.id
        it["navn"] = self.navn
        it["opprettetTidspunkt"] = self.opprettet_tidspunkt
        it["oppdatertTidspunkt"] = self.oppdatert_tidspunkt
        return it


def _read_avtale(value: object, at: Place) -> Avtale:
    it = _json.obj(value, at)
    return Avtale(
        _json.required(it, "id", _json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII)), at),
        _json.required(it, "navn", _json.text, at),
        _json.required(it, "opprettetTidspunkt", _json.local_date_time, at),
        _json.required(it, "oppdatertTidspunkt", _json.local_date_time, at),
    )


@dataclass(frozen=True)
class Gjennomforing:
    """The gjennomføring. For a single place, navn, startDato, sluttDato, status and deltidsprosent are null."""

    id: str
    """Id of the gjennomføring; the same as the record key."""
    opprettet_tidspunkt: str
    """When the gjennomføring was created, in Norwegian local time."""
    oppdatert_tidspunkt: str
    """When the gjennomføring was last changed, in Norwegian local time."""
    arrangor: Arrangor
    """The provider."""
    navn: Optional[str]
    """Name for people. Written with something to read in it; the name in an earlier record may be blank."""
    oppstartstype: Oppstart
    """How participants start."""
    pameldingstype: PameldingType
    """How a participant is taken in."""
    start_dato: Optional[str]
    """First day."""
    slutt_dato: Optional[str]
    """Last day, if it is known."""
    status: Optional[GjennomforingStatus]
    """Status of the gjennomføring."""
    arena: Optional[ArenaNummer]
    """Number in Arena, if the gjennomføring has one."""
    deltidsprosent: Optional[float]
    """Part of full time, in percent."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["id"] = self.id
        it["opprettetTidspunkt"] = self.opprettet_tidspunkt
        it["oppdatertTidspunkt"] = self.oppdatert_tidspunkt
        it["arrangor"] = self.arrangor.to_json()
        it["navn"] = self.navn
        it["oppstartstype"] = self.oppstartstype
        it["pameldingstype"] = self.pameldingstype
        it["startDato"] = self.start_dato
        it["sluttDato"] = self.slutt_dato
        it["status"] = self.status
        it["arena"] = None if self.arena is None else self.arena.to_json()
        it["deltidsprosent"] = self.deltidsprosent
        return it


def _read_gjennomforing(value: object, at: Place) -> Gjennomforing:
    it = _json.obj(value, at)
    return Gjennomforing(
        _json.required(it, "id", _json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII)), at),
        _json.required(it, "opprettetTidspunkt", _json.local_date_time, at),
        _json.required(it, "oppdatertTidspunkt", _json.local_date_time, at),
        _json.required(it, "arrangor", _read_arrangor, at),
        _json.optional(it, "navn", _json.text, at),
        _json.required(it, "oppstartstype", _read_oppstart, at),
        _json.required(it, "pameldingstype", _read_pamelding_type, at),
        _json.optional(it, "startDato", _json.date, at),
        _json.optional(it, "sluttDato", _json.date, at),
        _json.optional(it, "status", _read_gjennomforing_status, at),
        _json.optional(it, "arena", _read_arena_nummer, at),
        _json.optional(it, "deltidsprosent", _json.double, at),
    )


@dataclass(frozen=True)
class Arrangor:
    """The provider of a gjennomføring."""

    organisasjonsnummer: str
    """Organisation number of the provider."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["organisasjonsnummer"] = self.organisasjonsnummer
        return it


def _read_arrangor(value: object, at: Place) -> Arrangor:
    it = _json.obj(value, at)
    return Arrangor(
        _json.required(it, "organisasjonsnummer", _json.matching(re.compile("^[0-9]{9}\\Z", re.ASCII)), at),
    )


class Oppstart(str):
    """How participants start: continuously, all on one date, or on a single bought place.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[Oppstart, ...]
    """Every value that this version knows."""
    LOPENDE: Oppstart
    FELLES: Oppstart
    ENKELTPLASS: Oppstart

    @property
    def kjent(self) -> Optional[Oppstart]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


Oppstart.LOPENDE = Oppstart("LOPENDE")
Oppstart.FELLES = Oppstart("FELLES")
Oppstart.ENKELTPLASS = Oppstart("ENKELTPLASS")
Oppstart.kjente = (
    Oppstart.LOPENDE,
    Oppstart.FELLES,
    Oppstart.ENKELTPLASS,
)


def _read_oppstart(value: object, at: Place) -> Oppstart:
    return Oppstart(_json.text(value, at))


class PameldingType(str):
    """How a participant is taken in.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[PameldingType, ...]
    """Every value that this version knows."""
    DIREKTE_VEDTAK: PameldingType
    TRENGER_GODKJENNING: PameldingType

    @property
    def kjent(self) -> Optional[PameldingType]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


PameldingType.DIREKTE_VEDTAK = PameldingType("DIREKTE_VEDTAK")
PameldingType.TRENGER_GODKJENNING = PameldingType("TRENGER_GODKJENNING")
PameldingType.kjente = (
    PameldingType.DIREKTE_VEDTAK,
    PameldingType.TRENGER_GODKJENNING,
)


def _read_pamelding_type(value: object, at: Place) -> PameldingType:
    return PameldingType(_json.text(value, at))


class GjennomforingStatus(str):
    """Status of a gjennomføring.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[GjennomforingStatus, ...]
    """Every value that this version knows."""
    GJENNOMFORES: GjennomforingStatus
    AVSLUTTET: GjennomforingStatus
    AVBRUTT: GjennomforingStatus
    AVLYST: GjennomforingStatus

    @property
    def kjent(self) -> Optional[GjennomforingStatus]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


GjennomforingStatus.GJENNOMFORES = GjennomforingStatus("GJENNOMFORES")
GjennomforingStatus.AVSLUTTET = GjennomforingStatus("AVSLUTTET")
GjennomforingStatus.AVBRUTT = GjennomforingStatus("AVBRUTT")
GjennomforingStatus.AVLYST = GjennomforingStatus("AVLYST")
GjennomforingStatus.kjente = (
    GjennomforingStatus.GJENNOMFORES,
    GjennomforingStatus.AVSLUTTET,
    GjennomforingStatus.AVBRUTT,
    GjennomforingStatus.AVLYST,
)


def _read_gjennomforing_status(value: object, at: Place) -> GjennomforingStatus:
    return GjennomforingStatus(_json.text(value, at))


@dataclass(frozen=True)
class ArenaNummer:
    """Number of a gjennomføring in Arena."""

    aar: int
    """Year."""
    lopenummer: int
    """Running number within the year."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["aar"] = self.aar
        it["lopenummer"] = self.lopenummer
        return it


def _read_arena_nummer(value: object, at: Place) -> ArenaNummer:
    it = _json.obj(value, at)
    return ArenaNummer(
        _json.required(it, "aar", _json.int32, at),
        _json.required(it, "lopenummer", _json.int32, at),
    )


@dataclass(frozen=True)
class AmoKategorisering:
    """What kind of AMO course it is. Which properties there are follows from tiltakskode and kurstype."""

    kurstype: Optional[Kurstype]
    """Kind of course."""
    bransje: Optional[Bransje]
    """The industry that the course is aimed at."""
    forerkort: Optional[tuple[ForerkortKlasse, ...]]
    """Driving-licence classes that the course leads to."""
    innhold_elementer: Optional[tuple[InnholdElement, ...]]
    """What the course contains."""
    norskprove: Optional[bool]
    """Whether the course leads to a test in Norwegian."""
    sertifiseringer: Optional[tuple[Sertifisering, ...]]
    """Certificates that the course leads to."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        if self.kurstype is not None:
            it["kurstype"] = self.kurstype
        if self.bransje is not None:
            it["bransje"] = self.bransje
        if self.forerkort is not None:
            it["forerkort"] = list(self.forerkort)
        if self.innhold_elementer is not None:
            it["innholdElementer"] = list(self.innhold_elementer)
        if self.norskprove is not None:
            it["norskprove"] = self.norskprove
        if self.sertifiseringer is not None:
            it["sertifiseringer"] = [it.to_json() for it in self.sertifiseringer]
        return it


def _read_amo_kategorisering(value: object, at: Place) -> AmoKategorisering:
    it = _json.obj(value, at)
    return AmoKategorisering(
        _json.optional(it, "kurstype", _read_kurstype, at),
        _json.optional(it, "bransje", _read_bransje, at),
        _json.optional(it, "forerkort", _json.array(_read_forerkort_klasse), at),
        _json.optional(it, "innholdElementer", _json.array(_read_innhold_element), at),
        _json.optional(it, "norskprove", _json.boolean, at),
        _json.optional(it, "sertifiseringer", _json.array(_read_sertifisering), at),
    )


class Kurstype(str):
    """Kind of course in arbeidsmarkedsopplæring (AMO).

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[Kurstype, ...]
    """Every value that this version knows."""
    NORSKOPPLAERING: Kurstype
    GRUNNLEGGENDE_FERDIGHETER: Kurstype
    FORBEREDENDE_OPPLAERING_FOR_VOKSNE: Kurstype
    BRANSJE_OG_YRKESRETTET: Kurstype
    STUDIESPESIALISERING: Kurstype

    @property
    def kjent(self) -> Optional[Kurstype]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


Kurstype.NORSKOPPLAERING = Kurstype("NORSKOPPLAERING")
Kurstype.GRUNNLEGGENDE_FERDIGHETER = Kurstype("GRUNNLEGGENDE_FERDIGHETER")
Kurstype.FORBEREDENDE_OPPLAERING_FOR_VOKSNE = Kurstype("FORBEREDENDE_OPPLAERING_FOR_VOKSNE")
Kurstype.BRANSJE_OG_YRKESRETTET = Kurstype("BRANSJE_OG_YRKESRETTET")
Kurstype.STUDIESPESIALISERING = Kurstype("STUDIESPESIALISERING")
Kurstype.kjente = (
    Kurstype.NORSKOPPLAERING,
    Kurstype.GRUNNLEGGENDE_FERDIGHETER,
    Kurstype.FORBEREDENDE_OPPLAERING_FOR_VOKSNE,
    Kurstype.BRANSJE_OG_YRKESRETTET,
    Kurstype.STUDIESPESIALISERING,
)


def _read_kurstype(value: object, at: Place) -> Kurstype:
    return Kurstype(_json.text(value, at))


class Bransje(str):
    """The industry that a course is aimed at.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[Bransje, ...]
    """Every value that this version knows."""
    INGENIOR_OG_IKT_FAG: Bransje
    HELSE_PLEIE_OG_OMSORG: Bransje
    BARNE_OG_UNGDOMSARBEID: Bransje
    KONTORARBEID: Bransje
    BUTIKK_OG_SALGSARBEID: Bransje
    BYGG_OG_ANLEGG: Bransje
    INDUSTRIARBEID: Bransje
    REISELIV_SERVERING_OG_TRANSPORT: Bransje
    SERVICEYRKER_OG_ANNET_ARBEID: Bransje
    ANDRE_BRANSJER: Bransje

    @property
    def kjent(self) -> Optional[Bransje]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


Bransje.INGENIOR_OG_IKT_FAG = Bransje("INGENIOR_OG_IKT_FAG")
Bransje.HELSE_PLEIE_OG_OMSORG = Bransje("HELSE_PLEIE_OG_OMSORG")
Bransje.BARNE_OG_UNGDOMSARBEID = Bransje("BARNE_OG_UNGDOMSARBEID")
Bransje.KONTORARBEID = Bransje("KONTORARBEID")
Bransje.BUTIKK_OG_SALGSARBEID = Bransje("BUTIKK_OG_SALGSARBEID")
Bransje.BYGG_OG_ANLEGG = Bransje("BYGG_OG_ANLEGG")
Bransje.INDUSTRIARBEID = Bransje("INDUSTRIARBEID")
Bransje.REISELIV_SERVERING_OG_TRANSPORT = Bransje("REISELIV_SERVERING_OG_TRANSPORT")
Bransje.SERVICEYRKER_OG_ANNET_ARBEID = Bransje("SERVICEYRKER_OG_ANNET_ARBEID")
Bransje.ANDRE_BRANSJER = Bransje("ANDRE_BRANSJER")
Bransje.kjente = (
    Bransje.INGENIOR_OG_IKT_FAG,
    Bransje.HELSE_PLEIE_OG_OMSORG,
    Bransje.BARNE_OG_UNGDOMSARBEID,
    Bransje.KONTORARBEID,
    Bransje.BUTIKK_OG_SALGSARBEID,
    Bransje.BYGG_OG_ANLEGG,
    Bransje.INDUSTRIARBEID,
    Bransje.REISELIV_SERVERING_OG_TRANSPORT,
    Bransje.SERVICEYRKER_OG_ANNET_ARBEID,
    Bransje.ANDRE_BRANSJER,
)


def _read_bransje(value: object, at: Place) -> Bransje:
    return Bransje(_json.text(value, at))


class ForerkortKlasse(str):
    """Driving-licence class that a course leads to.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[ForerkortKlasse, ...]
    """Every value that this version knows."""
    A: ForerkortKlasse
    A1: ForerkortKlasse
    A2: ForerkortKlasse
    AM: ForerkortKlasse
    AM_147: ForerkortKlasse
    B: ForerkortKlasse
    B_78: ForerkortKlasse
    BE: ForerkortKlasse
    C: ForerkortKlasse
    C1: ForerkortKlasse
    C1E: ForerkortKlasse
    CE: ForerkortKlasse
    D: ForerkortKlasse
    D1: ForerkortKlasse
    D1E: ForerkortKlasse
    DE: ForerkortKlasse
    S: ForerkortKlasse
    T: ForerkortKlasse

    @property
    def kjent(self) -> Optional[ForerkortKlasse]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


ForerkortKlasse.A = ForerkortKlasse("A")
ForerkortKlasse.A1 = ForerkortKlasse("A1")
ForerkortKlasse.A2 = ForerkortKlasse("A2")
ForerkortKlasse.AM = ForerkortKlasse("AM")
ForerkortKlasse.AM_147 = ForerkortKlasse("AM_147")
ForerkortKlasse.B = ForerkortKlasse("B")
ForerkortKlasse.B_78 = ForerkortKlasse("B_78")
ForerkortKlasse.BE = ForerkortKlasse("BE")
ForerkortKlasse.C = ForerkortKlasse("C")
ForerkortKlasse.C1 = ForerkortKlasse("C1")
ForerkortKlasse.C1E = ForerkortKlasse("C1E")
ForerkortKlasse.CE = ForerkortKlasse("CE")
ForerkortKlasse.D = ForerkortKlasse("D")
ForerkortKlasse.D1 = ForerkortKlasse("D1")
ForerkortKlasse.D1E = ForerkortKlasse("D1E")
ForerkortKlasse.DE = ForerkortKlasse("DE")
ForerkortKlasse.S = ForerkortKlasse("S")
ForerkortKlasse.T = ForerkortKlasse("T")
ForerkortKlasse.kjente = (
    ForerkortKlasse.A,
    ForerkortKlasse.A1,
    ForerkortKlasse.A2,
    ForerkortKlasse.AM,
    ForerkortKlasse.AM_147,
    ForerkortKlasse.B,
    ForerkortKlasse.B_78,
    ForerkortKlasse.BE,
    ForerkortKlasse.C,
    ForerkortKlasse.C1,
    ForerkortKlasse.C1E,
    ForerkortKlasse.CE,
    ForerkortKlasse.D,
    ForerkortKlasse.D1,
    ForerkortKlasse.D1E,
    ForerkortKlasse.DE,
    ForerkortKlasse.S,
    ForerkortKlasse.T,
)


def _read_forerkort_klasse(value: object, at: Place) -> ForerkortKlasse:
    return ForerkortKlasse(_json.text(value, at))


class InnholdElement(str):
    """What a course contains.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[InnholdElement, ...]
    """Every value that this version knows."""
    GRUNNLEGGENDE_FERDIGHETER: InnholdElement
    BRANSJERETTET_OPPLARING: InnholdElement
    TEORETISK_OPPLAERING: InnholdElement
    JOBBSOKER_KOMPETANSE: InnholdElement
    PRAKSIS: InnholdElement
    ARBEIDSMARKEDSKUNNSKAP: InnholdElement
    NORSKOPPLAERING: InnholdElement

    @property
    def kjent(self) -> Optional[InnholdElement]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


InnholdElement.GRUNNLEGGENDE_FERDIGHETER = InnholdElement("GRUNNLEGGENDE_FERDIGHETER")
InnholdElement.BRANSJERETTET_OPPLARING = InnholdElement("BRANSJERETTET_OPPLARING")
InnholdElement.TEORETISK_OPPLAERING = InnholdElement("TEORETISK_OPPLAERING")
InnholdElement.JOBBSOKER_KOMPETANSE = InnholdElement("JOBBSOKER_KOMPETANSE")
InnholdElement.PRAKSIS = InnholdElement("PRAKSIS")
InnholdElement.ARBEIDSMARKEDSKUNNSKAP = InnholdElement("ARBEIDSMARKEDSKUNNSKAP")
InnholdElement.NORSKOPPLAERING = InnholdElement("NORSKOPPLAERING")
InnholdElement.kjente = (
    InnholdElement.GRUNNLEGGENDE_FERDIGHETER,
    InnholdElement.BRANSJERETTET_OPPLARING,
    InnholdElement.TEORETISK_OPPLAERING,
    InnholdElement.JOBBSOKER_KOMPETANSE,
    InnholdElement.PRAKSIS,
    InnholdElement.ARBEIDSMARKEDSKUNNSKAP,
    InnholdElement.NORSKOPPLAERING,
)


def _read_innhold_element(value: object, at: Place) -> InnholdElement:
    return InnholdElement(_json.text(value, at))


@dataclass(frozen=True)
class Sertifisering:
    """A certificate."""

    konsept_id: int
    """Id of the concept in Nav's taxonomy. All 64 bits are used: it does not fit in a double."""
    label: str
    """Text for people."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["konseptId"] = self.konsept_id
        it["label"] = self.label
        return it


def _read_sertifisering(value: object, at: Place) -> Sertifisering:
    it = _json.obj(value, at)
    return Sertifisering(
        _json.required(it, "konseptId", _json.int64, at),
        _json.required(it, "label", _json.text, at),
    )


@dataclass(frozen=True)
class Utdanningslop:
    """The education that is given."""

    utdanningsprogram: str
    """Id of the utdanningsprogram."""
    utdanninger: tuple[str, ...]
    """Ids of the utdanninger within it, in no particular order."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["utdanningsprogram"] = self.utdanningsprogram
        it["utdanninger"] = list(self.utdanninger)
        return it


def _read_utdanningslop(value: object, at: Place) -> Utdanningslop:
    it = _json.obj(value, at)
    return Utdanningslop(
        _json.required(it, "utdanningsprogram", _json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII)), at),
        _json.required(it, "utdanninger", _json.distinct(_json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII))), at),
    )


def parse_datavarehus_tiltak_v1(text: Union[str, bytes]) -> DatavarehusTiltakV1:
    """Parses the text of a record's value.

    Raises JsonMismatchError if it is not what the contract says.
    """
    return _read_datavarehus_tiltak_v1(_json.parse(text), ())


def stringify_datavarehus_tiltak_v1(value: DatavarehusTiltakV1) -> str:
    """Writes the JSON text."""
    return _json.stringify(value.to_json())
