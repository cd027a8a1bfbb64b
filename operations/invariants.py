"""Invariants: sentences that are true when the books are right, each with the query that finds where they are not.

An app writes its own in its `invariants` module; `check_books`, the Health page and the tests run them all.

    @invariant(part="routes", name="A reconciled route has exactly one reconciliation")
    def reconciled_routes_have_one(*, using: str, tenant: Tenant | None = None) -> Iterator[Violation]:
        for route in Route.objects.using(using).of_tenant(tenant)…:
            yield Violation(where=f"route {route.number}", numbers={"reconciliations": 0})

Every function reads the database `using`, only the rows of `tenant` (None: of all), in one set-based query where it can.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from accounts.models import Tenant
from operations.append_only import missing_triggers
from operations.history_images import images_of_vanished_rows, images_unlike_their_row, models_with_history


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where an invariant does not hold, with the numbers needed to argue about it."""

    where: str
    numbers: dict[str, Any] = field(default_factory=dict)


class Search(Protocol):
    """Finds the violations of one invariant."""

    def __call__(self, *, using: str, tenant: Tenant | None = None) -> Iterable[Violation]: ...


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence about the books (`name`), the part of the business it speaks of, and its search."""

    part: str
    name: str
    find: Search


_registered: dict[str, Invariant] = {}


def invariant(*, part: str, name: str) -> Callable[[Search], Search]:
    """Register a search under a sentence that is true when it finds nothing."""

    def register(search: Search) -> Search:
        known = _registered.get(name)
        if known and known.find.__module__ != search.__module__:
            raise ValueError(
                f"Invariant '{name}' is registered twice, in {known.find.__module__} and {search.__module__}."
            )
        _registered[name] = Invariant(part=part, name=name, find=search)
        return search

    return register


def invariants(part: str | None = None) -> list[Invariant]:
    """List the registered invariants (of one part), in order of part and name."""
    chosen = [entry for entry in _registered.values() if part in (None, entry.part)]
    return sorted(chosen, key=lambda entry: (entry.part, entry.name))


@invariant(part="ground", name="The newest history image of every row equals the row")
def newest_image_equals_row(*, using: str, tenant: Tenant | None = None) -> Iterator[Violation]:
    """A write that bypassed the services or wrote false history shows here."""
    for model, history in models_with_history():
        for key, differences in images_unlike_their_row(model, history, using=using, tenant=tenant):
            yield Violation(where=f"{model._meta.db_table} {key}", numbers=differences)


@invariant(part="ground", name="A row that has vanished has its deletion in history")
def vanished_rows_are_explained(*, using: str, tenant: Tenant | None = None) -> Iterator[Violation]:
    """Rows deleted by raw SQL leave a last image that shows them alive."""
    for model, history in models_with_history():
        for key, history_id in images_of_vanished_rows(model, history, using=using, tenant=tenant):
            yield Violation(where=f"{model._meta.db_table} {key}", numbers={"newest_history_id": history_id})


@invariant(part="ground", name="The database protects every append-only table")
def append_only_tables_are_protected(*, using: str, tenant: Tenant | None = None) -> Iterator[Violation]:
    """The triggers stand. The same for every tenant; `manage.py migrate` puts up whatever is missing."""
    for table, trigger in missing_triggers(using):
        yield Violation(where=table, numbers={"missing_trigger": trigger})
