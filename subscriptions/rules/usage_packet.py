"""Accounting packets: what one must say before it can be counted, and what is wrong with one that cannot.

A packet says: line (`subscriber_id`), session, its number in the session (`sequence`), when the session began (`started_at`),
when it was counted (`at`), and the running counters of the session (`bytes_in`, `bytes_out`). Equipment that counts with 32 bits
sends the rest as `gigawords_in` and `gigawords_out`: 3 gigawords and 7 bytes are 3 × 2³² + 7 bytes. Times are whole seconds.
A session keeps its name for ever: RADIUS has Acct-Unique-Session-Id for it; an Acct-Session-Id may come again after a restart.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from subscriptions.rules.usage_counter import WRAPS_AT

FIELDS: Final = ("subscriber_id", "session_id", "sequence", "started_at", "at", "bytes_in", "bytes_out")
GIGAWORDS: Final = ("gigawords_in", "gigawords_out")
MOST_BYTES: Final = 2**60
LONGEST_SUBSCRIBER_ID: Final = 255
LONGEST_SESSION_ID: Final = 64
FUTURE: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=400)

NOT_AN_OBJECT: Final = "not_an_object"
MISSING: Final = "missing_field"
MALFORMED: Final = "malformed_field"
ABSURD: Final = "absurd_size"
REVERSED: Final = "ends_before_it_starts"
IN_THE_FUTURE: Final = "in_the_future"
TOO_LONG: Final = "session_too_long"


class Packet(NamedTuple):
    """A packet that can be counted; the counters hold the gigawords."""

    subscriber_id: str
    session_id: str
    sequence: int
    started_at: datetime
    at: datetime
    counter_in: int
    counter_out: int


class BadPacket(Exception):
    """A packet that cannot be counted: `code` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def packet_from(said: Any, *, now: datetime) -> Packet:
    """Return what an accounting record says, in order. *Raises* BadPacket."""
    if not isinstance(said, Mapping):
        raise BadPacket(NOT_AN_OBJECT, "A record is an object with the fields " + ", ".join(FIELDS) + ".")
    missing = [name for name in FIELDS if said.get(name) in (None, "")]
    if missing:
        raise BadPacket(MISSING, f"Missing: {', '.join(missing)}.")
    packet = Packet(
        _text(said, "subscriber_id", LONGEST_SUBSCRIBER_ID),
        _text(said, "session_id", LONGEST_SESSION_ID),
        _number(said, "sequence"),
        _moment(said, "started_at"),
        _moment(said, "at"),
        _counter(said, "bytes_in", "gigawords_in"),
        _counter(said, "bytes_out", "gigawords_out"),
    )
    _check_times(packet, now)
    return packet


def _check_times(packet: Packet, now: datetime) -> None:
    if packet.at < packet.started_at:
        raise BadPacket(REVERSED, "`at` is before `started_at`: a session is not counted before it begins.")
    if packet.at > now + FUTURE:
        raise BadPacket(IN_THE_FUTURE, "`at` is more than a day in the future: look at the clock of the equipment.")
    if packet.at - packet.started_at > LONGEST:
        raise BadPacket(TOO_LONG, f"The session would have lasted more than {LONGEST.days} days: look at `started_at`.")


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    value = said[name]
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise BadPacket(MALFORMED, f"`{name}` is not a text of 1 to {longest} printable characters.")
    return value


def _number(said: Mapping[str, Any], name: str) -> int:
    value = said[name]
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 40:
        value = int(value)
    if type(value) is not int or value < 0:
        raise BadPacket(MALFORMED, f"`{name}` is not a whole number of 0 or more.")
    if value > MOST_BYTES:
        raise BadPacket(ABSURD, f"`{name}` is more than 2^60.")
    return value


def _counter(said: Mapping[str, Any], name: str, gigawords: str) -> int:
    octets = _number(said, name)
    if said.get(gigawords) in (None, ""):
        return octets
    if octets >= WRAPS_AT:
        raise BadPacket(MALFORMED, f"`{name}` does not fit into 32 bits, yet `{gigawords}` is given: give one of both.")
    total = _number(said, gigawords) * WRAPS_AT + octets
    if total > MOST_BYTES:
        raise BadPacket(ABSURD, f"`{name}` with `{gigawords}` is more than 2^60 bytes.")
    return total


def _moment(said: Mapping[str, Any], name: str) -> datetime:
    try:
        if moment := _whole_second(said[name]):
            return moment
    except (TypeError, ValueError, OverflowError):
        pass
    raise BadPacket(MALFORMED, f"`{name}` is not a moment with its offset, such as 2026-01-31T23:05:00+06:00.")


@lru_cache(maxsize=50_000)  # every packet of a session says again when that began
def _whole_second(said: str) -> datetime | None:
    """The moment, in UTC; none where it has no offset."""
    moment = datetime.fromisoformat(said)
    return None if moment.tzinfo is None else moment.astimezone(UTC).replace(microsecond=0)
