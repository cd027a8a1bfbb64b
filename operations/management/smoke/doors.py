"""Does every endpoint of the API answer? Each list and report is read as every role, and one object of each list as ADMIN.

Where there is no row to read, one that is nowhere is asked for: the endpoint has to say so. The readers are made up, people of
the business who are nowhere stored, so that nobody's account is used. Every read is made in a transaction in which the database
refuses to write.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.ids import new_id
from accounts.models import Tenant, User
from accounts.roles import Role
from operations.management.smoke.found import FAILED, OK, SKIPPED, Asked, Found, as_a_browser, looking

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
ASKS_FOR_MORE = {400, 422}  # a report that needs a period: it answered, and said so


@dataclass
class Walk:
    """What the walk through the doors has seen."""

    read: int = 0
    wrong: list[str] = field(default_factory=list)
    without_row: list[str] = field(default_factory=list)
    first_rows: dict[str, dict[str, Any]] = field(default_factory=dict)


def doors(asked: Asked) -> Found:
    """Read everything that can be read."""
    tenant = asked.tenant or Tenant.objects.order_by("slug").first()
    if tenant is None:
        return Found(SKIPPED, "there is no business yet")
    walk = Walk()
    for path, door in readable():
        if not PARAMETER.search(path):
            for role in Role.values:
                _read_list(walk, path, door, tenant, role)
    for path, _ in readable():
        if PARAMETER.search(path):
            _read_one(walk, path, tenant)
    if walk.wrong:
        return Found(FAILED, f"{len(walk.wrong)} of {walk.read} reads went wrong: {'; '.join(walk.wrong[:5])}")
    told = f"; with a made-up row where there is none: {len(walk.without_row)}" if walk.without_row else ""
    return Found(
        OK, f"{walk.read} reads as {', '.join(Role.values)} of {tenant.slug}, the database refusing to write{told}"
    )


def readable(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path, view class) of every endpoint of the API that answers GET, but its description."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        path = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from readable(entry.url_patterns, path)
            continue
        door = getattr(entry.callback, "cls", None)
        if path.startswith("api/") and path != "api/schema" and hasattr(door, "get"):
            yield path, door


def _read_list(walk: Walk, path: str, door: Any, tenant: Tenant, role: str) -> None:
    answer, body = _get(path, tenant, role)
    walk.read += 1
    readers = getattr(door, "readers", None)
    may = readers is None or role in readers
    if answer >= 500 or (answer == 403) is may or (may and answer not in {200, *ASKS_FOR_MORE}):
        walk.wrong.append(f"{role} /{path} answered {answer}")
    rows = next((rows for rows in body.values() if isinstance(rows, list) and rows), []) if role == Role.ADMIN else []
    if rows and isinstance(rows[0], dict):
        walk.first_rows[path] = rows[0]


def _read_one(walk: Walk, path: str, tenant: Tenant) -> None:
    value = _value_for(walk, path)
    is_right = {*ASKS_FOR_MORE, 404} if value is None else {*ASKS_FOR_MORE, 200}
    if value is None:
        walk.without_row.append(path)
    elif not path.endswith(">"):
        is_right.add(404)  # a part that the row may not have, such as a proof
    address = PARAMETER.sub(str(value or new_id()), path)
    answer, _ = _get(address, tenant, Role.ADMIN)
    walk.read += 1
    if answer not in is_right:
        walk.wrong.append(f"ADMIN /{address} answered {answer}")


def _value_for(walk: Walk, path: str) -> Any:
    """What stands for the path's parameter: the id of a row of the list before it, or of one below, as in `invoices/tenant`."""
    before, names = path[: path.index("<")], PARAMETER.findall(path)
    lists = sorted(place for place in walk.first_rows if f"{place}/".startswith(before))
    row = walk.first_rows[lists[0]] if lists and len(names) == 1 else {}
    return row.get("id") or row.get(names[0])


def _get(path: str, tenant: Tenant, role: str) -> tuple[int, dict[str, Any]]:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(User(id=new_id(), tenant=tenant, role=role, name="Smoke test", is_active=True))
    with looking():
        answer = client.get(f"/{path}", **as_a_browser())
        whole = b"".join(answer) if answer.streaming else answer.content
    is_json = answer.status_code == 200 and answer.get("Content-Type", "").startswith("application/json")
    body = answer.json() if is_json and whole else {}
    return answer.status_code, body if isinstance(body, dict) else {}
