"""Reads settings from the environment and refuses a bad value in words: what, where, cure."""

import base64
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

# How psycopg and sqlite3 begin their complaint when there is nobody to talk to.
UNREACHABLE = ("connection failed", "connection refused", "failed to resolve", "connection timeout", "unable to open")
# One writer at a time, taken when the transaction begins: a read lock that must be upgraded would deadlock.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


class SettingRefused(ImproperlyConfigured):
    """A setting that stops the start. Its text says what, where and the cure."""


def refuse(name: str, fact: str, cure: str) -> SettingRefused:
    """Make the error that stops the start, naming the setting, what is wrong with it and the cure."""
    return SettingRefused(f"{name}: {fact} {cure} Set it in the environment or in {BASE_DIR / '.env'}.")


def stop_on_bad_settings() -> None:
    """Read the settings now; on a bad one print its words alone and exit with 2."""
    try:
        _ = settings.INSTALLED_APPS
    except SettingRefused as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def unreachable_database(error: Exception) -> str:
    """Say in words that the database does not answer; an empty text when the error is another one."""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else ""
    if getattr(error.__cause__, "sqlstate", None) or not any(sign in reason for sign in UNREACHABLE):
        return ""
    return (
        f"DATABASE_URL: the database does not answer ({reason}). "
        "Start it or correct the address; a SQLite file needs a folder that exists and may be written."
    )


def read(name: str, cast: Callable[..., Any], default: Any, expected: str, *, may_be_shown: bool = True) -> Any:
    """Read one setting through `cast`, or refuse it saying what was `expected`; an address may hold a password: not shown."""
    try:
        return cast(name, default=default)
    except (ValueError, TypeError, KeyError, SyntaxError, ImproperlyConfigured) as error:
        value = f"'{env.str(name, default='')}'" if may_be_shown else "its value (not shown: it may hold a password)"
        raise refuse(name, f"{value} is not {expected}.", "Correct it.") from error


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


def read_hour(name: str, default: str) -> int | None:
    """Read an hour of the day, 0 to 23; `off` means never."""
    word = env.str(name, default=default).strip().lower()
    if word == "off":
        return None
    if not word.isdecimal() or int(word) > 23:
        raise refuse(name, f"'{word}' is no hour of the day.", "Write 0 to 23, or off.")
    return int(word)


def read_choice(name: str, default: str, choices: tuple[str, ...], kind: str) -> str:
    """Read one of a few words, in whatever case it is written."""
    word = env.str(name, default=default)
    chosen = next((choice for choice in choices if choice.lower() == word.lower()), None)
    if chosen is None:
        raise refuse(name, f"'{word}' is not {kind}.", f"Write one of: {', '.join(choices)}.")
    return chosen


def read_time_zone(name: str, default: str) -> str:
    """Read the name of a time zone such as Asia/Dhaka."""
    zone = env.str(name, default=default)
    try:
        ZoneInfo(zone)
    except (ValueError, KeyError, OSError) as error:
        raise refuse(name, f"'{zone}' is not a time zone.", "Write a name such as Asia/Dhaka.") from error
    return zone


def read_database(name: str, default: str) -> dict[str, Any]:
    """Read a database address: postgres://user:password@host:port/name or sqlite:///path."""
    return parse_database(name, env.str(name, default=default) or default)


def read_databases(name: str) -> dict[str, dict[str, Any]]:
    """Read more databases by name, a JSON object such as {"north": "postgres://…"}."""
    expected = 'a JSON object of name: address such as {"north": "postgres://…"}'
    addresses = read(name, env.json, {}, expected, may_be_shown=False)
    if not isinstance(addresses, dict) or not all(isinstance(url, str) for url in addresses.values()):
        raise refuse(name, f"it is not {expected}.", "Correct it.")
    if "default" in addresses:
        raise refuse(name, "the name 'default' belongs to DATABASE_URL.", "Choose another name.")
    return {alias: parse_database(f"{name}[{alias}]", url) for alias, url in addresses.items()}


def parse_database(name: str, url: str) -> dict[str, Any]:
    """Turn a database address into Django's settings for it, with this product's options. Never shows the address."""
    expected = "Write postgres://user:password@host:5432/name or sqlite:////path/to/file.sqlite3."
    scheme, has_scheme, _ = url.partition("://")
    if not has_scheme:
        raise refuse(name, "it is not an address: it does not begin with postgres:// or sqlite:///.", expected)
    try:
        database = environ.Env.db_url_config(url)
    except (ValueError, KeyError, ImproperlyConfigured) as error:
        raise refuse(name, f"its '{scheme}' address cannot be read.", expected) from error
    engine, place = database.get("ENGINE"), database.get("NAME")
    if engine not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
        raise refuse(name, f"'{scheme}' is not a database that Roundsman runs on.", expected)
    if place in {"", ":memory:"}:
        raise refuse(name, f"its '{scheme}' address names no database or file.", expected)
    if engine == "django.db.backends.postgresql":
        return {**database, "CONN_HEALTH_CHECKS": True}
    place = BASE_DIR / str(place)  # a relative one is the project's, wherever a command was started
    return {
        **database,
        "NAME": str(place),
        "OPTIONS": {**SQLITE_OPTIONS, **database.get("OPTIONS", {})},
        "TEST": {"NAME": f"{place}.test"},  # a file: tests start real processes on it
    }


def read_email(name: str, default: str) -> dict[str, Any]:
    """Read the address of the mail server into Django's EMAIL_… settings."""
    expected = "an address such as smtp://user:password@host:587 or consolemail://"
    email = read(name, env.email_url, default, expected, may_be_shown=False)
    if "EMAIL_BACKEND" not in email:
        raise refuse(name, f"it is not {expected}.", "Correct it.")
    return email


def read_secrets(name: str) -> dict[str, list[str]]:
    """Read the one or two secrets of each business, of 32 characters or more, by its slug; a JSON object, never shown."""
    expected = 'a JSON object of slug: secret, or two secrets while one replaces the other: {"distro": "…", "other": ["…", "…"]}'
    found = read(name, env.json, {}, expected, may_be_shown=False)
    named: dict[str, Any] = found if isinstance(found, dict) else {"": None}
    secrets: dict[str, list[Any]] = {
        slug: value if isinstance(value, list) else [value] for slug, value in named.items()
    }
    if not all(len(each) in {1, 2} and all(isinstance(one, str) for one in each) for each in secrets.values()):
        raise refuse(name, f"it is not {expected}.", "Correct it.")
    if short := sorted(slug for slug, each in secrets.items() if min(map(len, each)) < 32):
        raise refuse(name, f"the secret of {', '.join(short)} is shorter than 32 characters.", "Make a longer one.")
    return secrets


def read_keys(name: str, default: str) -> list[str]:
    """Read keys that seal, separated by commas: the first seals, the others open what they sealed before. Never shown."""
    keys = [key.strip() for key in env.str(name, default=default).split(",") if key.strip()]
    make = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
    if not keys:
        raise refuse(name, "it is missing: what people are paid out to is sealed with it.", f"Make one: {make}.")
    for place, key in enumerate(keys, start=1):
        try:
            is_key = len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
        except ValueError:
            is_key = False
        if not is_key:
            raise refuse(
                name, f"key {place} of {len(keys)} is no key (not shown: it is a secret).", f"Make one: {make}."
            )
    return keys


def read_people(name: str) -> list[tuple[str, str]]:
    """Read e-mail addresses, separated by commas."""
    addresses = read(name, env.list, [], "a comma-separated list")
    wrong = [address for address in addresses if "@" not in address.strip("@")]
    if wrong:
        raise refuse(name, f"'{wrong[0]}' is not an e-mail address.", "Correct it.")
    return [(address, address) for address in addresses]


def read_origins(name: str) -> list[str]:
    """Read origins such as https://office.example.com, separated by commas; a browser compares them whole, scheme included."""
    origins = read(name, env.list, [], "a comma-separated list")
    for origin in origins:
        scheme, _, place = origin.partition("://")
        if scheme not in {"http", "https"} or not place or "/" in place:
            raise refuse(
                name, f"'{origin}' is not an origin.", "Write scheme and host, such as https://office.example.com."
            )
    return origins


def read_broker(name: str, default: str) -> str:
    """Read the address of the queue that background jobs wait in."""
    url = env.str(name, default=default) or default
    scheme = url.partition("://")[0]
    if "://" not in url or scheme not in {"filesystem", "redis", "rediss", "amqp", "amqps", "memory"}:
        raise refuse(name, "it is not the address of a queue.", "Write filesystem:// or redis://host:6379/0.")
    return url
