"""The demo: believable, messy data of an old system, to look at, to practise repairs on and to measure with.

Each app adds its part in a module named `demo`, which is found by itself:

    @demo(order=20)
    def load(*, size, seed, using, ids, payments, invoices, tidy, now, say, **_): ...

`size` is small or large, `ids` is time or random, `payments` and `invoices` are how many the large size makes, `tidy` leaves its
odd rows out, `say` prints progress. Parts run from low `order` to high in one transaction, so a demo is loaded whole or not at
all. They may rely on `seed` alone: no clock and no other chance, so that the same seed always makes the same data. Only the
internet provider is told from `now`, the moment of loading: else its periods and warnings were long over when somebody looks.

A part that makes databases of its own (`@demo(order=90, apart=True)`) comes last, when the demo is stored, and each time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from accounts.demo.people import BUSINESSES, TENANTS_OF, load_people
from accounts.errors import Conflict, RuleBroken
from accounts.models import Tenant
from operations.backfill.sql import refresh_statistics

Part = Callable[..., None]
_parts: list[tuple[int, str, Part]] = []
_parts_apart: list[tuple[int, str, Part]] = []


class NotADemoDatabase(RuleBroken):
    """The database holds a real business: demo data must never be mixed into it."""

    code = "not_a_demo_database"


class LiveSystem(RuleBroken):
    """DEBUG is off, as in a live system, and nobody said that this is meant."""

    code = "live_system"


class HalfADemo(Conflict):
    """Some, but not all, businesses of this size are there: somebody removed or made one by hand."""

    code = "half_a_demo"


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """What to load, and where; `now` is when."""

    now: datetime
    size: str = "small"
    seed: int = 1
    using: str = "default"
    ids: str = "time"
    payments: int = 1_000_000
    invoices: int = 0
    tidy: bool = False
    force: bool = False


def demo(*, order: int, apart: bool = False) -> Callable[[Part], Part]:
    """Add an app's part to the demo."""

    def add(part: Part) -> Part:
        (_parts_apart if apart else _parts).append((order, part.__module__, part))
        return part

    return add


demo(order=0)(load_people)  # accounts lies below this app and cannot register its own part


def load_demo(order: DemoOrder, *, say: Callable[[str], Any] = print) -> bool:
    """Load every app's part; False when this demo is already there.

    *Raises* `NotADemoDatabase`, `LiveSystem`, `HalfADemo`.
    """
    refuse_live_system(order)
    is_new = not is_loaded(order)
    if is_new:
        _load_all(order, say)
    for _, module, part in sorted(_parts_apart, key=lambda each: each[:2]):
        _load_part(order, module, part, say)
    return is_new


def refuse_live_system(order: DemoOrder) -> None:
    """Stop before demo data could reach a database that somebody works with."""
    strangers = Tenant.objects.using(order.using).exclude(slug__in=BUSINESSES).order_by("slug")
    if stranger := strangers.first():
        raise NotADemoDatabase(
            f"Database '{order.using}': it holds the business '{stranger.slug}' ({strangers.count()} in all), which is not "
            "the demo's. Demo data is never mixed with real data: load it into an empty database (set DATABASE_URL)."
        )
    if not settings.DEBUG and not order.force:
        raise LiveSystem(
            f"Database '{order.using}': DEBUG is off, so this may be a live system, and the demo's password is public. "
            "If this is meant, add --force; otherwise set DEBUG=true on a development machine."
        )


def is_loaded(order: DemoOrder) -> bool:
    """Whether this size of the demo is already there."""
    wanted = TENANTS_OF[order.size]
    found = Tenant.objects.using(order.using).filter(slug__in=wanted).count()
    if 0 < found < len(wanted):
        raise HalfADemo(
            f"Database '{order.using}': {found} of the demo's {len(wanted)} businesses ({', '.join(wanted)}) are there. "
            "Load the demo into an empty database."
        )
    return found > 0


def _load_all(order: DemoOrder, say: Callable[[str], Any]) -> None:
    with transaction.atomic(using=order.using, durable=not connections[order.using].in_atomic_block):
        for _, module, part in sorted(_parts, key=lambda each: each[:2]):
            _load_part(order, module, part, say)
        connections[order.using].check_constraints()
    refresh_statistics([], order.using)


def _load_part(order: DemoOrder, module: str, part: Part, say: Callable[[str], Any]) -> None:
    started = time.monotonic()
    numbers = {"payments": order.payments, "invoices": order.invoices, "tidy": order.tidy, "now": order.now}
    part(size=order.size, seed=order.seed, using=order.using, ids=order.ids, say=say, **numbers)
    say(f"{module.split('.')[0]}: {time.monotonic() - started:.1f} s")
