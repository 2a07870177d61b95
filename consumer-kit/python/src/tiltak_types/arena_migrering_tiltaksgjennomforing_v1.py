# Made by `contracts generate`. Changes are made in the schemas, or in the generator.
"""Values of the records on arena-migrering-tiltaksgjennomforinger-v1, version 1.0.2 of the contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from . import _json
from ._json import JsonMismatchError, Place

__all__ = ["JsonMismatchError", "parse_arena_migrering_tiltaksgjennomforing_v1", "stringify_arena_migrering_tiltaksgjennomforing_v1"]


@dataclass(frozen=True)
class ArenaMigreringTiltaksgjennomforingV1:
    """A gjennomføring as Arena replicates it.

    No text is written with U+0000 in it; one in an earlier record may have it.
    """

    id: str
    """Id of the gjennomføring; the same as the record key."""
    arena_id: Optional[int]
    """Id in Arena, once Arena has given one."""
    tiltakskode: str
    """Code of the tiltakstype in Arena, such as INDOPPFAG. Not the code of Tiltaksadministrasjon."""
    start_dato: str
    """First day."""
    slutt_dato: Optional[str]
    """Last day, if it is known."""
    opprettet_tidspunkt: str
    """When the gjennomføring was created, in Norwegian local time."""
    endret_tidspunkt: str
    """When the gjennomføring was last changed, in Norwegian local time."""
    navn: str
    """Name for people. Written with something to read in it; the name in an earlier record may be blank."""
    orgnummer: str
    """Organisation number of the provider."""
    antall_plasser: Optional[int]
    """Number of places, if it is known."""
    status: ArenaMigreringStatus
    """Status of the gjennomføring."""
    enhet: str
    """The Nav unit that is responsible for the gjennomføring."""
    apent_for_innsok: bool
    """Whether participants can be put forward now."""
    deltidsprosent: float
    """Part of full time, in percent."""

    def to_json(self) -> dict[str, Any]:
        """The JSON, as json.dumps takes it."""
        it: dict[str, Any] = {}
        it["id"] = self.id
        it["arenaId"] = self.arena_id
        it["tiltakskode"] = self.tiltakskode
        it["startDato"] = self.start_dato
        it["sluttDato"] = self.slutt_dato
        it["opprettetTidspunkt"] = self.opprettet_tidspunkt
        it["endretTidspunkt"] = self.endret_tidspunkt
        it["navn"] = self.navn
        it["orgnummer"] = self.orgnummer
        it["antallPlasser"] = self.antall_plasser
        it["status"] = self.status
        it["enhet"] = self.enhet
        it["apentForInnsok"] = self.apent_for_innsok
        it["deltidsprosent"] = self.deltidsprosent
        return it


def _read_arena_migrering_tiltaksgjennomforing_v1(value: object, at: Place) -> ArenaMigreringTiltaksgjennomforingV1:
    it = _json.obj(value, at)
    return ArenaMigreringTiltaksgjennomforingV1(
        _json.required(it, "id", _json.matching(re.compile("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\Z", re.ASCII)), at),
        _json.optional(it, "arenaId", _json.int32, at),
        _json.required(it, "tiltakskode", _json.text, at),
        _json.required(it, "startDato", _json.date, at),
        _json.optional(it, "sluttDato", _json.date, at),
        _json.required(it, "opprettetTidspunkt", _json.local_date_time, at),
        _json.required(it, "endretTidspunkt", _json.local_date_time, at),
        _json.required(it, "navn", _json.text, at),
        _json.required(it, "orgnummer", _json.matching(re.compile("^[0-9]{9}\\Z", re.ASCII)), at),
        _json.optional(it, "antallPlasser", _json.int32, at),
        _json.required(it, "status", _read_arena_migrering_status, at),
        _json.required(it, "enhet", _json.matching(re.compile("^[0-9]{4}\\Z", re.ASCII)), at),
        _json.required(it, "apentForInnsok", _json.boolean, at),
        _json.required(it, "deltidsprosent", _json.double, at),
    )


class ArenaMigreringStatus(str):
    """Status of a gjennomføring as Arena is told of it.

    A list that may grow: a value that is not known is kept, and its `kjent` is None.
    """

    kjente: tuple[ArenaMigreringStatus, ...]
    """Every value that this version knows."""
    GJENNOMFORES: ArenaMigreringStatus
    AVSLUTTET: ArenaMigreringStatus
    AVBRUTT: ArenaMigreringStatus
    AVLYST: ArenaMigreringStatus

    @property
    def kjent(self) -> Optional[ArenaMigreringStatus]:
        """This value, if this version knows it."""
        return self if self in type(self).kjente else None


ArenaMigreringStatus.GJENNOMFORES = ArenaMigreringStatus("GJENNOMFORES")
ArenaMigreringStatus.AVSLUTTET = ArenaMigreringStatus("AVSLUTTET")
ArenaMigreringStatus.AVBRUTT = ArenaMigreringStatus("AVBRUTT")
ArenaMigreringStatus.AVLYST = ArenaMigreringStatus("AVLYST")
ArenaMigreringStatus.kjente = (
    ArenaMigreringStatus.GJENNOMFORES,
    ArenaMigreringStatus.AVSLUTTET,
    ArenaMigreringStatus.AVBRUTT,
    ArenaMigreringStatus.AVLYST,
)


def _read_arena_migrering_status(value: object, at: Place) -> ArenaMigreringStatus:
    return ArenaMigreringStatus(_json.text(value, at))


def parse_arena_migrering_tiltaksgjennomforing_v1(text: Union[str, bytes]) -> ArenaMigreringTiltaksgjennomforingV1:
    """Parses the text of a record's value.

    Raises JsonMismatchError if it is not what the contract says.
    """
    return _read_arena_migrering_tiltaksgjennomforing_v1(_json.parse(text), ())


def stringify_arena_migrering_tiltaksgjennomforing_v1(value: ArenaMigreringTiltaksgjennomforingV1) -> str:
    """Writes the JSON text."""
    return _json.stringify(value.to_json())
