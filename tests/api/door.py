"""One endpoint in the table of all of them: who comes in, on which object, with which body; and how one asks there."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.api.stage import Stage

ADMIN = {"ADMIN"}
OFFICE = ADMIN | {"FINANCE"}
STAFF = OFFICE | {"SALES_REP"}
EVERYBODY = STAFF | {"CUSTOMER"}

REASON: Any = lambda stage: {"reason": "because"}  # noqa: E731 - a table of small functions
PARAMETER = re.compile(r"<\w+:(\w+)>")


@dataclass(frozen=True)
class Door:
    """Who comes in, on which object (in the path, or as `query`; `mine`: each role has its own), with which body."""

    roles: set[str]
    of: Callable[[Stage], Any] | None = None
    body: Callable[[Stage], Any] = field(default=lambda stage: {})
    key: bool = False
    query: str = ""
    mine: Callable[[Stage, str], Any] | None = None
    format: str = "json"

    @property
    def is_of_one_object(self) -> bool:
        """Whether it is about one object."""
        return bool(self.of or self.mine)

    def object_for(self, stage: Stage, role: str = "ADMIN") -> Any:
        """The key of the object that the person of this role asks about; two keys for a part of an object."""
        if self.mine:
            return self.mine(stage, role)
        return self.of(stage) if self.of else None


def filled(path: str, pk: Any = None) -> str:
    """The address of a path of the table, with this key (or these) in it."""
    keys = list(pk) if isinstance(pk, tuple) else [pk]
    return "/" + PARAMETER.sub(lambda found: "payment_route_id" if found[1] == "name" else str(keys.pop(0)), path)


def ask(client: Any, method: str, path: str, door: Door, stage: Stage, pk: Any = None) -> Any:
    """Ask as somebody, for an object and with a body of this stage."""
    address = filled(path, pk) + (f"?{door.query}={pk}" if door.query else "")
    headers = {"Idempotency-Key": uuid4().hex} if door.key else {}
    return getattr(client, method.lower())(address, door.body(stage) or None, format=door.format, headers=headers)
