"""Invariants: sentences that are true when the books are right, each with the query that finds where they are not.

An app writes its own in its `invariants` module; `check_books`, the Health page and the tests run them all.

    @invariant(part="routes", name="A reconciled route has exactly one reconciliation")
    def reconciled_routes_have_one(*, using: str, tenant: Tenant | None = None) -> Iterator[Violation]:
        for route in Route.objects.using(using).of_tenant(tenant)…:
            yield Violation(where=f"route {route.number}", numbers={"reconciliations": 0})

Every function reads the database `using`, only the rows of `tenant` (None: of all), in one set-based query where it can.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where an invariant does not hold, with the numbers needed to argue about it."""

    where: str
    numbers: dict[str, Any] = field(default_factory=dict)


class Search(Protocol):
    """Finds the violations of one invariant."""

    def __call__(self, *, using: str, tenant: Any = None) -> Iterable[Violation]: ...


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
