# Made by `contracts generate`. Changes are made in the schemas, or in the generator.
"""Values of the records on siste-tiltakstyper-v3, version 3.0.1 of the contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from . import _json
from ._json import JsonMismatchError, Place

__all__ = ["JsonMismatchError", "parse_tiltakstype_v3", "stringify_tiltakstype_v3"]


@dataclass(frozen=True)
class TiltakstypeV3:
    """A tiltakstype: one kind of labour-market measure.

    No text is written with U+0000 in it; one in an earlier record may have it.
    """

    id: str
    """Id of the tiltakstype; the same as the record key."""
    navn: str
    """Name for people. Written with something to read in it; the name in an earlier record may be blank."""
    tiltakskode: Tiltakskode
    """Code in Tiltaksadministrasjon, which gjennomføringer refer to."""
    innsatsgrupper: tuple[Innsatsgruppe, ...]
    """The groups that the tiltakstype is meant for, in no particular order."""
    arena_kode: Optional[str]
    """Code of the tiltakstype in Arena, if it has one. Several tiltakstyper can share one."""
    deltaker_registrering_innhold: Optional[DeltakerRegistreringInnhold]
    """What can be chosen as content when a participant is registered, if anything."""
    opprettet_tidspunkt: str
    """When the tiltakstype was created, in Norwegian local time."""
    oppdatert_tidspunkt: str
    """When the tiltakstype was last changed, in Norwegian local time."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["id"] = self.id
        it["navn"] = self.navn
        it["tiltakskode"] = self.tiltakskode
        it["innsatsgrupper"] = list(self.innsatsgrupper)
        it["arenaKode"] = self.arena_kode
        it["deltakerRegistreringInnhold"] = None if self.deltaker_registrering_innhold is None else self.deltaker_registrering_innhold.to_json()
        it["opprettetTidspunkt"] = self.opprettet_tidspunkt
        it["oppdatertTidspunkt"] = self.oppdatert_tidspunkt
        return it


def _read_tiltakstype_v3(value: object, at: Place) -> TiltakstypeV3:
    it = _json.obj(value, at)
    return TiltakstypeV3(
        _json.required(it, "id", _json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII)), at),
        _json.required(it, "navn", _json.text, at),
        _json.required(it, "tiltakskode", _read_tiltakskode, at),
        _json.required(it, "innsatsgrupper", _json.distinct(_read_innsatsgruppe), at),
        _json.optional(it, "arenaKode", _json.text, at),
        _json.optional(it, "deltakerRegistreringInnhold", _read_deltaker_registrering_innhold, at),
        _json.required(it, "opprettetTidspunkt", _json.local_date_time, at),
        _json.required(it, "oppdatertTidspunkt", _json.local_date_time, at),
    )


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


class Innsatsgruppe(str):
    """The groups of need for assistance that a tiltakstype is meant for.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[Innsatsgruppe, ...]
    """Every value that this version knows."""
    GODE_MULIGHETER: Innsatsgruppe
    TRENGER_VEILEDNING: Innsatsgruppe
    TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE: Innsatsgruppe
    JOBBE_DELVIS: Innsatsgruppe
    LITEN_MULIGHET_TIL_A_JOBBE: Innsatsgruppe

    @property
    def kjent(self) -> Optional[Innsatsgruppe]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


Innsatsgruppe.GODE_MULIGHETER = Innsatsgruppe("GODE_MULIGHETER")
Innsatsgruppe.TRENGER_VEILEDNING = Innsatsgruppe("TRENGER_VEILEDNING")
Innsatsgruppe.TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE = Innsatsgruppe("TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE")
Innsatsgruppe.JOBBE_DELVIS = Innsatsgruppe("JOBBE_DELVIS")
Innsatsgruppe.LITEN_MULIGHET_TIL_A_JOBBE = Innsatsgruppe("LITEN_MULIGHET_TIL_A_JOBBE")
Innsatsgruppe.kjente = (
    Innsatsgruppe.GODE_MULIGHETER,
    Innsatsgruppe.TRENGER_VEILEDNING,
    Innsatsgruppe.TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE,
    Innsatsgruppe.JOBBE_DELVIS,
    Innsatsgruppe.LITEN_MULIGHET_TIL_A_JOBBE,
)


def _read_innsatsgruppe(value: object, at: Place) -> Innsatsgruppe:
    return Innsatsgruppe(_json.text(value, at))


@dataclass(frozen=True)
class DeltakerRegistreringInnhold:
    """The content that can be chosen when a participant is registered."""

    innholdselementer: tuple[Innholdselement, ...]
    """The elements to choose from."""
    ledetekst: str
    """Text that introduces the choice."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["innholdselementer"] = [it.to_json() for it in self.innholdselementer]
        it["ledetekst"] = self.ledetekst
        return it


def _read_deltaker_registrering_innhold(value: object, at: Place) -> DeltakerRegistreringInnhold:
    it = _json.obj(value, at)
    return DeltakerRegistreringInnhold(
        _json.required(it, "innholdselementer", _json.array(_read_innholdselement), at),
        _json.required(it, "ledetekst", _json.text, at),
    )


@dataclass(frozen=True)
class Innholdselement:
    """One element of content."""

    tekst: str
    """Text for people."""
    innholdskode: str
    """Code of the element."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["tekst"] = self.tekst
        it["innholdskode"] = self.innholdskode
        return it


def _read_innholdselement(value: object, at: Place) -> Innholdselement:
    it = _json.obj(value, at)
    return Innholdselement(
        _json.required(it, "tekst", _json.text, at),
        _json.required(it, "innholdskode", _json.text, at),
    )


def parse_tiltakstype_v3(text: Union[str, bytes]) -> TiltakstypeV3:
    """Parses the text of a record's value.

    Raises JsonMismatchError if it is not what the contract says.
    """
    return _read_tiltakstype_v3(_json.parse(text), ())


def stringify_tiltakstype_v3(value: TiltakstypeV3) -> str:
    """Writes the JSON text."""
    return _json.stringify(value.to_json())
