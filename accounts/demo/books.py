"""The rows of one business of the demo while its story is told: each as it became, with an image of every step.

Nothing is written until `write`: services would stamp this year's dates and ids that no seed decides.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Model

from accounts.demo.dates import local
from accounts.demo.ids import DemoIds
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Counter as NumberCounter
from accounts.models import Tenant, User


class DemoBooks:
    """The books of one business: `add` a row, say that it `changed`, and `write` them all in `write_order`."""

    write_order: Sequence[type[Model]] = ()

    def __init__(self, tenant: Tenant, *, part: str, seed: int, using: str, ids: str) -> None:
        self.tenant = tenant
        self.using = using
        self.new_id = DemoIds(seed=seed, mode=ids, part=f"{part}-{tenant.slug}")
        self.rows: dict[type, list[Any]] = defaultdict(list)
        self.images: list[Any] = []
        self.numbers: Counter[str] = Counter()

    def at(self, day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """A moment of a day on the business's clock."""
        return local(self.tenant.zone, day, hour, minute, second)

    def next_number(self, kind: str) -> int:
        """The next number of this kind of document."""
        self.numbers[kind] += 1
        return self.numbers[kind]

    def add(self, row: Any, at: datetime, *, by: User | None = None) -> Any:
        """Add a row as it was made at this time; with history, an image too."""
        row.id = self.new_id(at)
        columns = {field.name for field in row._meta.concrete_fields}
        if "tenant" in columns:
            row.tenant = self.tenant
        if "created_at" in columns:
            row.created_at = at
        self.rows[type(row)].append(row)
        if hasattr(row, "history"):
            self.images.append(image(row, at=at, by=by))
        return row

    def changed(self, row: Any, at: datetime, *, by: User | None = None, reason: str = "") -> None:
        """Remember a row as it is now, after a change at this time."""
        self.images.append(image(row, at=at, kind="~", by=by, reason=reason))

    def write(self) -> dict[type, int]:
        """Write everything, and tell how many rows of each kind."""
        for model in self.write_order:
            insert(model, self.rows[model], using=self.using)
        insert_images(self.images, using=self.using)
        NumberCounter.objects.using(self.using).bulk_create(
            NumberCounter(tenant=self.tenant, kind=kind, value=value) for kind, value in sorted(self.numbers.items())
        )
        return {model: len(rows) for model, rows in self.rows.items()}
