"""Reads what stands on standard input with the generated Python, and prints what came of it: the lines that
`tests/jvm-types/Truth.kt` describes. The argument is the folder of the package."""

import dataclasses
import importlib
import sys

sys.path.insert(0, sys.argv[1])
from tiltak_types._json import JsonMismatchError  # noqa: E402

MODULES = {
    "siste-tiltakstyper-v3": "tiltakstype_v3",
    "siste-tiltaksgjennomforinger-v2": "tiltaksgjennomforing_v2",
    "arena-migrering-tiltaksgjennomforinger-v1": "arena_migrering_tiltaksgjennomforing_v1",
    "datavarehus-tiltak-v1": "datavarehus_tiltak_v1",
}


def functions(name):
    """What parses and what writes a value."""
    module = importlib.import_module(f"tiltak_types.{name}")
    return getattr(module, f"parse_{name}"), getattr(module, f"stringify_{name}")


def unknown(value):
    """How many values and variants a team would not know."""
    if type(value).__name__ == "Ukjent":
        return 1
    if hasattr(value, "kjent"):
        return 1 if value.kjent is None else 0
    if isinstance(value, tuple):
        return sum(map(unknown, value))
    if dataclasses.is_dataclass(value):
        return sum(unknown(getattr(value, field.name)) for field in dataclasses.fields(value))
    return 0


TOPICS = {topic: functions(name) for topic, name in MODULES.items()}
for line in sys.stdin:
    topic, digits = line.rstrip("\n").split("\t")
    parse, stringify = TOPICS[topic]
    try:
        value = parse(bytes.fromhex(digits))
        print("read", unknown(value), stringify(value).encode("utf-8").hex(), sep="\t")
    except JsonMismatchError as error:
        print("refused", error.pointer, str(error).replace("\n", " "), sep="\t")
