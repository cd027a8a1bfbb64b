"""Reads settings from the environment and refuses a bad value in words: what, where, cure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()


def refuse(name: str, fact: str, cure: str) -> ImproperlyConfigured:
    """Make the error that stops the start, naming the setting, what is wrong with it and the cure."""
    return ImproperlyConfigured(f"{name}: {fact} {cure} Set it in the environment or in {BASE_DIR / '.env'}.")


def read(name: str, cast: Callable[..., Any], default: Any, expected: str) -> Any:
    """Read one setting through `cast`, or refuse it saying what was `expected`."""
    try:
        return cast(name, default=default)
    except (ValueError, TypeError, SyntaxError, ImproperlyConfigured) as error:
        raise refuse(name, f"'{env.str(name, default='')}' is not {expected}.", "Correct it.") from error


def read_bool(name: str, default: bool) -> bool:
    """Read a yes/no setting; an unknown word is refused, where a plain cast would call it False."""
    word = env.str(name, default=str(default)).strip().lower()
    if word in {"true", "1", "yes", "on"}:
        return True
    if word in {"false", "0", "no", "off"}:
        return False
    raise refuse(name, f"'{word}' is neither true nor false.", "Write true or false.")


def read_int(name: str, default: int, *, minimum: int = 0) -> int:
    """Read a whole number that is at least `minimum`."""
    number = read(name, env.int, default, "a whole number")
    if number < minimum:
        raise refuse(name, f"{number} is below {minimum}.", f"Write {minimum} or more.")
    return number


def read_time_zone(name: str, default: str) -> str:
    """Read the name of a time zone such as Asia/Dhaka."""
    zone = env.str(name, default=default)
    try:
        ZoneInfo(zone)
    except (ValueError, OSError) as error:
        raise refuse(name, f"'{zone}' is not a time zone.", "Write a name such as Asia/Dhaka.") from error
    return zone


def read_database(name: str, default: str) -> dict[str, Any]:
    """Read a database address: postgres://user:password@host:port/name or sqlite:///path."""
    return parse_database(name, env.str(name, default=default) or default)


def parse_database(name: str, url: str) -> dict[str, Any]:
    """Turn a database address into Django's settings for it, with this product's options."""
    expected = "Write postgres://user:password@host:5432/name or sqlite:////path/to/file.sqlite3."
    scheme = url.split("://", maxsplit=1)[0]
    try:
        database = environ.Env.db_url_config(url)
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise refuse(name, f"its '{scheme}' address cannot be read.", expected) from error
    engine = database.get("ENGINE")
    if engine == "django.db.backends.sqlite3" and database["NAME"] != ":memory:":
        return {
            **database,
            "OPTIONS": {**SQLITE_OPTIONS, **database.get("OPTIONS", {})},
            "TEST": {"NAME": f"{database['NAME']}.test"},  # a file: tests start real processes on it
        }
    if engine == "django.db.backends.postgresql":
        return {**database, "CONN_HEALTH_CHECKS": True}
    raise refuse(name, f"'{scheme}' is not a database that Roundsman runs on.", expected)


# One writer at a time, taken when the transaction begins: a read lock that must be upgraded would deadlock.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
