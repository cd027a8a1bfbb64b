"""Which rows would change, and how: the one selection that preview, execution and verification share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Exists, F, Field, Model, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable

from accounts.models import Tenant
from operations.backfill.compiled import Slot
from operations.backfill.definition import Backfill
from operations.backfill.images import RowId, image
from operations.models import BackfillFinding


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a run works: which database, which tenant (None: all), up to which key (None: all there are), with which options."""

    using: str = "default"
    tenant: Tenant | None = None
    upper_bound: Any = None
    options: Mapping[str, str] = field(default_factory=dict)


class Plan:
    """A backfill's rows within a scope, seen as candidates with their verdict, and as before and after images."""

    def __init__(self, backfill: Backfill, scope: Scope) -> None:
        self.backfill = backfill
        self.scope = scope
        self.model: type[Model] = backfill.model
        self.key: Any = self.model._meta.pk
        self.columns = columns_of(self.model, backfill.writes)

    def within_scope(self, rows: QuerySet, *, with_decided: bool = False) -> QuerySet:
        """Rows of the table narrowed to the scope, without those that a person has decided."""
        rows = rows.using(self.scope.using).order_by()
        if self.scope.tenant is not None and self.backfill.tenant_path:
            rows = rows.filter(**{self.backfill.tenant_path: self.scope.tenant.pk})
        if self.scope.upper_bound is not None:
            rows = rows.filter(pk__lte=self.scope.upper_bound)
        if self.backfill.skips_decided_rows and not with_decided:
            rows = rows.exclude(self.is_decided())
        return rows

    def is_decided(self) -> Exists:
        """Whether a person has decided about the row in any run of this backfill."""
        decided = BackfillFinding.objects.filter(
            backfill=self.backfill.name, row_id=self.row_id(OuterRef("pk")), decision__isnull=False
        )
        return Exists(decided)

    def row_id(self, key: Combinable | str = "pk") -> RowId:
        """The row's key as the text that changes and findings carry."""
        return RowId(key, output_field=CharField())

    def unjudged(self) -> QuerySet:
        """The candidates in scope, without their verdict: what a batch locks."""
        return self.within_scope(self.backfill.candidates())

    def candidates(self) -> QuerySet:
        """The candidates in scope, each with its `verdict` (unless the author decides in Python)."""
        rows = self.unjudged()
        return rows if self.backfill.decides_in_python else rows.annotate(verdict=self.backfill.verdict())

    def to_write(self) -> QuerySet:
        """The candidates whose verdict is to write them."""
        return self.candidates().filter(verdict=self.backfill.write_verdict)

    def before(self) -> Any:
        """The image of the written columns as they are."""
        return image({column.attname: F(column.attname) for column in self.columns})

    def after(self) -> Any:
        """The image of the written columns as they will be."""
        values = self.backfill.new_values()
        return image({column.attname: values[column.attname] for column in self.columns})

    def tenant_id(self) -> Combinable:
        """The tenant of a row."""
        return F(f"{self.backfill.tenant_path}_id") if self.backfill.tenant_path else Value(None)

    def keys(self) -> QuerySet:
        """All keys of the table in order: what windows are cut from."""
        keys = self.model._base_manager.using(self.scope.using).order_by("pk").values_list("pk", flat=True)
        return keys if self.scope.upper_bound is None else keys.filter(pk__lte=self.scope.upper_bound)

    def finding_filter(self) -> Q:
        """Rows that are a finding of any kind."""
        either = Q()
        for kind in self.backfill.finding_kinds():
            either |= kind.where
        return either


def columns_of(model: type[Model], names: Sequence[str]) -> list[Any]:
    """These columns of a model, each named as the author names it: `route_id` or `route`."""
    return [model._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name) for name in names]


def within_window(rows: QuerySet, key: Field) -> QuerySet:
    """These rows (or images of rows) from the window's first key to its last: the slots `start` and `end`."""
    return rows.filter(**{f"{key.attname}__gte": Slot("start", key), f"{key.attname}__lte": Slot("end", key)})


def locked(rows: QuerySet) -> QuerySet:
    """Lock the base rows, in the order of their keys, without hindering rows that refer to them."""
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")
