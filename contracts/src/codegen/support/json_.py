"""What the generated modules have in common."""

from __future__ import annotations

import json
import math
import re
import sys
from datetime import datetime, timedelta
from typing import Any, Callable, Mapping, Pattern, TypeVar, Union

T = TypeVar("T")


class JsonMismatchError(ValueError):
    """JSON that is not what the contract says. The message names places and kinds, and never a value."""

    def __init__(self, pointer: str, expected: str, found: str) -> None:
        place = f"at {pointer}: " if pointer else ""
        super().__init__(f"{place}expected {expected}, found {found}")
        #: Where in the JSON (RFC 6901); empty for the whole.
        self.pointer = pointer
        #: What the contract says that stands there.
        self.expected = expected
        #: What stands there, without its content.
        self.found = found


Place = tuple[str, ...]
Reader = Callable[[object, Place], T]

#: Stands for a property that is not there.
MISSING = object()


def mismatch(at: Place, expected: str, value: object) -> JsonMismatchError:
    tokens = (token.replace("~", "~0").replace("/", "~1") for token in at)
    return JsonMismatchError("".join(f"/{token}" for token in tokens), expected, _describe(value))


def _describe(value: object) -> str:
    if value is MISSING:
        return "nothing"
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"a string of {len(value)} characters"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "an array" if isinstance(value, list) else "an object"


def _no_constant(name: str) -> object:
    raise ValueError(name)


def parse(text: Union[str, bytes]) -> object:
    """Parses JSON text."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        parsed: object = json.loads(decoded, parse_constant=_no_constant)
        return parsed
    except (ValueError, RecursionError):
        raise JsonMismatchError("", "JSON", f"{len(text)} characters that are not") from None


def stringify(value: object) -> str:
    """Writes JSON text."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def obj(value: object, at: Place) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise mismatch(at, "an object", value)
    return value


def required(it: Mapping[str, Any], name: str, read: Reader[T], at: Place) -> T:
    return read(it.get(name, MISSING), (*at, name))


def optional(it: Mapping[str, Any], name: str, read: Reader[T], at: Place) -> Union[T, None]:
    """A property that is null or is not there is None, whichever of the two the contract says."""
    value = it.get(name)
    return None if value is None else read(value, (*at, name))


def tag(it: Mapping[str, Any], name: str, value: str, at: Place) -> None:
    """A property that says which variant the object is."""
    if required(it, name, text, at) != value:
        raise mismatch((*at, name), f"the variant {value}", it[name])


def text(value: object, at: Place) -> str:
    if not isinstance(value, str):
        raise mismatch(at, "a string", value)
    return value


def matching(pattern: Pattern[str]) -> Reader[str]:
    def read(value: object, at: Place) -> str:
        if pattern.search(text(value, at)) is None:
            raise mismatch(at, f"a string that matches {pattern.pattern}", value)
        return text(value, at)

    return read


uuid = matching(re.compile(r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z"))


def boolean(value: object, at: Place) -> bool:
    if not isinstance(value, bool):
        raise mismatch(at, "true or false", value)
    return value


def _integer(value: object, at: Place, bits: int) -> int:
    whole = int(value) if isinstance(value, float) and abs(value) < 2**53 and value == math.floor(value) else value
    if isinstance(whole, bool) or not isinstance(whole, int) or not -(2 ** (bits - 1)) <= whole < 2 ** (bits - 1):
        raise mismatch(at, f"an integer of {bits} bits", value)
    return whole


def int32(value: object, at: Place) -> int:
    return _integer(value, at, 32)


def int64(value: object, at: Place) -> int:
    return _integer(value, at, 64)


def double(value: object, at: Place) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise mismatch(at, "a number", value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise mismatch(at, "a number within the doubles", value)
    return number


_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(.*))?", re.DOTALL
)
_OFFSET = re.compile(r"([+-])([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}))?|([0-9]{2}))?")


def _shift(year: int) -> int:
    """The calendar repeats after 400 years, and a datetime has the years 1 to 9999."""
    return 400 if year < 5000 else -400


def _date_time(value: str, offset: Callable[[str], Union[int, None]]) -> Union[tuple[str, str, str], None]:
    """Date, hour and minute; seconds; and a fraction of 0, 3, 6 or 9 digits."""
    match = _DATE_TIME.fullmatch(value)
    if match is None or match[4] is None:
        return None
    year, month, day, hour, minute, second = (int(it or 0) for it in match.groups()[:6])
    is_end = hour == 24 and minute == 0 and second == 0 and not (match[7] or "").strip("0")
    seconds = offset(match[8])
    if seconds is None:
        return None
    try:
        start = datetime(year + _shift(year), month, day, 0 if is_end else hour, minute, second)
    except ValueError:
        return None
    local = start + timedelta(days=1 if is_end else 0)
    utc = local - timedelta(seconds=seconds)
    if local.year - _shift(year) > 9999:
        return None
    year = utc.year - _shift(year)
    if not 0 <= year <= 9999:
        return None
    nanos = (match[7] or "")[:9].ljust(9, "0")
    while nanos.endswith("000"):
        nanos = nanos[:-3]
    fraction = f".{nanos}" if nanos else ""
    return f"{year:04}-{utc.month:02}-{utc.day:02}T{utc.hour:02}:{utc.minute:02}", f":{utc.second:02}", fraction


def _offset(zone: str) -> Union[int, None]:
    if zone in ("Z", "z"):
        return 0
    match = _OFFSET.fullmatch(zone)
    if match is None:
        return None
    hour, minute, second = (int(it or 0) for it in (match[2], match[3] or match[5], match[4]))
    seconds = (hour * 60 + minute) * 60 + second
    if minute > 59 or second > 59 or seconds > 18 * 60 * 60:
        return None
    return -seconds if match[1] == "-" else seconds


def date(value: object, at: Place) -> str:
    """A date, such as 2026-01-31."""
    match = _DATE_TIME.fullmatch(text(value, at))
    try:
        if match is None or match[4] is not None:
            raise ValueError
        year, month, day = (int(it) for it in match.groups()[:3])
        datetime(year + _shift(year), month, day)
    except ValueError:
        raise mismatch(at, "a date, such as 2026-01-31", value) from None
    return text(value, at)


def local_date_time(value: object, at: Place) -> str:
    """Any spelling of ISO 8601's extended format, as the contract spells it: 2026-01-31T09:00, or with seconds."""
    parts = _date_time(text(value, at), lambda zone: None if zone else 0)
    if parts is None:
        raise mismatch(at, "a local date-time without zone, such as 2026-01-31T09:00", value)
    start, seconds, fraction = parts
    return start + ("" if seconds == ":00" and not fraction else seconds) + fraction


def instant(value: object, at: Place) -> str:
    """Any spelling of ISO 8601's extended format with a zone, as the contract spells it: 2026-01-31T09:00:00Z."""
    parts = _date_time(text(value, at), _offset)
    if parts is None:
        raise mismatch(at, "an instant, such as 2026-01-31T09:00:00Z", value)
    return "".join(parts) + "Z"


def array(read: Reader[T]) -> Reader[tuple[T, ...]]:
    def of(value: object, at: Place) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise mismatch(at, "an array", value)
        return tuple(read(item, (*at, str(index))) for index, item in enumerate(value))

    return of


def distinct(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """The items of a set in their order; of one that stands there twice, the first is there."""
    return lambda value, at: tuple(dict.fromkeys(array(read)(value, at)))


def mapping(read: Reader[T]) -> Reader[Mapping[str, T]]:
    return lambda value, at: {name: read(it, (*at, name)) for name, it in obj(value, at).items()}


def or_none(read: Reader[T]) -> Reader[Union[T, None]]:
    return lambda value, at: None if value is None else read(value, at)


def anything(value: object, at: Place) -> Any:
    """Anything that is there. A number beyond the doubles is the nearest of them."""
    if value is MISSING:
        raise mismatch(at, "a value", value)
    if isinstance(value, list):
        return list(array(anything)(value, at))
    if isinstance(value, dict):
        return mapping(anything)(value, at)
    if isinstance(value, float):
        return max(-sys.float_info.max, min(sys.float_info.max, value))
    return value
