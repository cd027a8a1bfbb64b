"""All backfills by name, found in each app's `backfills` module."""

from typing import TypeVar

from accounts.errors import NotFound
from operations.backfill.definition import Backfill

_registered: dict[str, Backfill] = {}

Definition = TypeVar("Definition", bound=type[Backfill])


class NoSuchBackfill(NotFound):
    """No backfill has this name."""

    code = "no_such_backfill"


def register(definition: Definition) -> Definition:
    """Register a backfill class under its name; a second one of the same name is a programming error."""
    if definition.name in _registered:
        raise ValueError(f"A backfill named {definition.name!r} is registered already.")
    _registered[definition.name] = definition()
    return definition


def backfills() -> list[Backfill]:
    """All backfills, by name."""
    return [_registered[name] for name in sorted(_registered)]


def backfill_named(name: str) -> Backfill:
    """The backfill of this name (with or without the command's `backfill_` in front).

    *Raises* NoSuchBackfill, naming those that exist.
    """
    found = _registered.get(name) or _registered.get(name.removeprefix("backfill_"))
    if found is None:
        known = ", ".join(sorted(_registered)) or "none"
        raise NoSuchBackfill(f"There is no backfill named '{name}'. Those that exist: {known}.")
    return found
