# Made by `contracts generate`. Changes are made in the schemas, or in the generator.
"""Values of the records on siste-tiltaksgjennomforinger-v2, version 2.0.2 of the contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from . import _json
from ._json import JsonMismatchError, Place

__all__ = ["JsonMismatchError", "parse_tiltaksgjennomforing_v2", "stringify_tiltaksgjennomforing_v2"]


@dataclass(frozen=True)
class Gruppe:
    """A group measure."""

    id: str
    """Id of the gjennomføring; the same as the record key."""
    lopenummer: str
    """Tiltaksnummer of the gjennomføring."""
    opprettet_tidspunkt: str
    """When the gjennomføring was created."""
    oppdatert_tidspunkt: str
    """When the gjennomføring was last changed."""
    tiltakskode: Tiltakskode
    """Code of the tiltakstype, which is published on siste-tiltakstyper-v3."""
    arrangor: Arrangor
    """The provider."""
    status: GjennomforingStatus
    """Status of the gjennomføring."""
    oppstart: Oppstart
    """How participants start."""
    pamelding_type: PameldingType
    """How a participant is taken in."""
    navn: str
    """Name for people. Written with something to read in it; the name in an earlier record may be blank."""
    start_dato: str
    """First day."""
    slutt_dato: Optional[str]
    """Last day, if it is known."""
    tilgjengelig_for_arrangor_fra_og_med_dato: Optional[str]
    """The day from which the arrangør may see the gjennomføring before it starts, if one is set."""
    apent_for_pamelding: bool
    """Whether participants can be put forward now."""
    antall_plasser: int
    """Number of places."""
    deltidsprosent: float
    """Part of full time, in percent."""
    oppmote_sted: Optional[str]
    """Where participants meet, if it is known."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["type"] = "TiltaksgjennomforingV2.Gruppe"
        it["id"] = self.id
        it["lopenummer"] = self.lopenummer
        it["opprettetTidspunkt"] = self.opprettet_tidspunkt
        it["oppdatertTidspunkt"] = self.oppdatert_tidspunkt
        it["tiltakskode"] = self.tiltakskode
        it["arrangor"] = self.arrangor.to_json()
        it["status"] = self.status
        it["oppstart"] = self.oppstart
        it["pameldingType"] = self.pamelding_type
        it["navn"] = self.navn
        it["startDato"] = self.start_dato
        it["sluttDato"] = self.slutt_dato
        it["tilgjengeligForArrangorFraOgMedDato"] = self.tilgjengelig_for_arrangor_fra_og_med_dato
        it["apentForPamelding"] = self.apent_for_pamelding
        it["antallPlasser"] = self.antall_plasser
        it["deltidsprosent"] = self.deltidsprosent
        it["oppmoteSted"] = self.oppmote_sted
        return it


def _read_gruppe(value: object, at: Place) -> Gruppe:
    it = _json.obj(value, at)
    _json.tag(it, "type", "TiltaksgjennomforingV2.Gruppe", at)
    return Gruppe(
        _json.required(it, "id", _json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII)), at),
        _json.required(it, "lopenummer", _json.matching(re.compile("^[0-9]{4}[#/][0-9]+\\Z", re.ASCII)), at),
        _json.required(it, "opprettetTidspunkt", _json.instant, at),
        _json.required(it, "oppdatertTidspunkt", _json.instant, at),
        _json.required(it, "tiltakskode", _read_tiltakskode, at),
        _json.required(it, "arrangor", _read_arrangor, at),
        _json.required(it, "status", _read_gjennomforing_status, at),
        _json.required(it, "oppstart", _read_oppstart, at),
        _json.required(it, "pameldingType", _read_pamelding_type, at),
        _json.required(it, "navn", _json.text, at),
        _json.required(it, "startDato", _json.date, at),
        _json.optional(it, "sluttDato", _json.date, at),
        _json.optional(it, "tilgjengeligForArrangorFraOgMedDato", _json.date, at),
        _json.required(it, "apentForPamelding", _json.boolean, at),
        _json.required(it, "antallPlasser", _json.int32, at),
        _json.required(it, "deltidsprosent", _json.double, at),
        _json.optional(it, "oppmoteSted", _json.text, at),
    )


@dataclass(frozen=True)
class Enkeltplass:
    """A single bought place."""

    id: str
    """Id of the gjennomføring; the same as the record key."""
    lopenummer: Optional[str]
    """Tiltaksnummer of the gjennomføring; left out when it has none yet."""
    opprettet_tidspunkt: str
    """When the gjennomføring was created."""
    oppdatert_tidspunkt: str
    """When the gjennomføring was last changed."""
    tiltakskode: Tiltakskode
    """Code of the tiltakstype, which is published on siste-tiltakstyper-v3."""
    arrangor: Arrangor
    """The provider."""
    status: GjennomforingStatus
    """Status of the gjennomføring."""
    oppstart: Oppstart
    """How participants start."""
    pamelding_type: PameldingType
    """How a participant is taken in."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["type"] = "TiltaksgjennomforingV2.Enkeltplass"
        it["id"] = self.id
        if self.lopenummer is not None:
            it["lopenummer"] = self.lopenummer
        it["opprettetTidspunkt"] = self.opprettet_tidspunkt
        it["oppdatertTidspunkt"] = self.oppdatert_tidspunkt
        it["tiltakskode"] = self.tiltakskode
        it["arrangor"] = self.arrangor.to_json()
        it["status"] = self.status
        it["oppstart"] = self.oppstart
        it["pameldingType"] = self.pamelding_type
        return it


def _read_enkeltplass(value: object, at: Place) -> Enkeltplass:
    it = _json.obj(value, at)
    _json.tag(it, "type", "TiltaksgjennomforingV2.Enkeltplass", at)
    return Enkeltplass(
        _json.required(it, "id", _json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII)), at),
        _json.optional(it, "lopenummer", _json.matching(re.compile("^[0-9]{4}[#/][0-9]+\\Z", re.ASCII)), at),
        _json.required(it, "opprettetTidspunkt", _json.instant, at),
        _json.required(it, "oppdatertTidspunkt", _json.instant, at),
        _json.required(it, "tiltakskode", _read_tiltakskode, at),
        _json.required(it, "arrangor", _read_arrangor, at),
        _json.required(it, "status", _read_gjennomforing_status, at),
        _json.required(it, "oppstart", _read_oppstart, at),
        _json.required(it, "pameldingType", _read_pamelding_type, at),
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


TiltaksgjennomforingV2 = Union[Gruppe, Enkeltplass, Ukjent]
"""A gjennomføring: one concrete running of a tiltakstype by one arrangør.

No text is written with U+0000 in it; one in an earlier record may have it."""


def _read_tiltaksgjennomforing_v2(value: object, at: Place) -> TiltaksgjennomforingV2:
    tag = _json.required(_json.obj(value, at), "type", _json.text, at)
    if tag == "TiltaksgjennomforingV2.Gruppe":
        return _read_gruppe(value, at)
    if tag == "TiltaksgjennomforingV2.Enkeltplass":
        return _read_enkeltplass(value, at)
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


def parse_tiltaksgjennomforing_v2(text: Union[str, bytes]) -> TiltaksgjennomforingV2:
    """Parses the text of a record's value.

    Raises JsonMismatchError if it is not what the contract says.
    """
    return _read_tiltaksgjennomforing_v2(_json.parse(text), ())


def stringify_tiltaksgjennomforing_v2(value: TiltaksgjennomforingV2) -> str:
    """Writes the JSON text."""
    return _json.stringify(value.to_json())
