"""Evidence in words: ids become names with links, cents become money, times become days.

Which table an id belongs to follows from the path that the backfill names (`sale__route_id`), or from its `evidence_links`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from accounts.admin import linked, when
from accounts.admin.story import NOTHING
from accounts.currency import grouped
from operations.admin.workbench.scope import USING
from operations.backfill import Backfill

Names = dict[tuple[type[Model], Any], Model]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to see about a row: what it is called, what it is, and whether it is an amount."""

    name: str
    label: str
    value: str | SafeString
    is_amount: bool = False
    text: str = ""  # a name without a link, to be offered where a person types one


class Witness:
    """Puts the evidence of one backfill's rows into words, with one query for each table that it names."""

    def __init__(self, backfill: Backfill, details: Iterable[Mapping[str, Any]] = ()) -> None:
        self.backfill = backfill
        self.paths = backfill.evidence()
        self.models = {name: self._model_of(name) for name in {**self.paths, **backfill.evidence_links}}
        self.names = look_up(
            (model, detail.get(name)) for detail in details for name, model in self.models.items() if model
        )

    def facts(self, detail: Mapping[str, Any]) -> list[Fact]:
        """The facts of one row, in the order of the backfill's evidence, then whatever else was noted."""
        known = [name for name in self.paths if not self._is_part_of_another(name)]
        others = [name for name in detail if name not in self.paths and not isinstance(detail[name], list | dict)]
        return [self._fact(name, detail) for name in [*known, *others]]

    def row(self, row_id: str) -> str | SafeString:
        """A row as a link to its page."""
        return row_link(self.backfill.model, row_id)

    def _fact(self, name: str, detail: Mapping[str, Any]) -> Fact:
        value, model = detail.get(name), self.models.get(name)
        label = self.backfill.evidence_labels.get(name) or capfirst(stem(name).replace("_", " "))
        if name.endswith("_cents"):
            return Fact(name, label, amount(value, detail.get("currency", "")), is_amount=True)
        if model is None:
            return Fact(name, label, in_words(value))
        other = named(self.names, model, value)
        text = str(other or detail.get(stem(name)) or detail.get(f"{stem(name)}_number") or "")
        return Fact(name, label, linked(other) if other else text or in_words(value), text=text)

    def _is_part_of_another(self, name: str) -> bool:
        """Whether it only names what an id beside it leads to, or is the currency of an amount."""
        if name == "currency":
            return any(other.endswith("_cents") for other in self.paths)
        return not name.endswith("_id") and any(
            f"{part}_id" in self.paths for part in (name, name.removesuffix("_number"))
        )

    def _model_of(self, name: str) -> type[Model] | None:
        if name in self.backfill.evidence_links:
            return apps.get_model(self.backfill.evidence_links[name])
        path = self.paths[name]
        return related_model(self.backfill.model, path) if isinstance(path, str) else None


class Writing:
    """Puts before -> after samples into words."""

    def __init__(self, backfill: Backfill, samples: Iterable[Mapping[str, Any]]) -> None:
        self.backfill = backfill
        self.samples = list(samples)
        self.models = {name: related_model(backfill.model, name) for name in backfill.writes}
        self.names = look_up(
            (model, sample[moment].get(name))
            for sample in self.samples
            for moment in ("before", "after")
            for name, model in self.models.items()
            if model
        )

    def rows(self) -> list[dict[str, Any]]:
        """Each sample: its row, and each column with what it holds and what it would hold."""
        return [
            {
                "row": row_link(self.backfill.model, sample["row_id"]),
                "changes": [self._change(sample, name) for name in sample["after"]],
            }
            for sample in self.samples
        ]

    def _change(self, sample: Mapping[str, Any], name: str) -> dict[str, Any]:
        before, after = (self._value(name, sample[moment].get(name)) for moment in ("before", "after"))
        return {"column": stem(name).replace("_", " "), "before": before, "after": after}

    def _value(self, name: str, value: Any) -> str | SafeString:
        model = self.models.get(name)
        other = named(self.names, model, value) if model else None
        return linked(other) if other else in_words(value)


def stem(name: str) -> str:
    """A column's name without its unit or `_id`.

    >>> stem("sale_route_id"), stem("route_id_now"), stem("amount_cents")
    ('sale_route', 'route_now', 'amount')
    """
    return name.removesuffix("_id").removesuffix("_cents").replace("_id_", "_")


@cache
def related_model(model: type[Model], path: str) -> type[Model] | None:
    """The table that a path of ids leads to; None where it holds a plain value."""
    *steps, last = path.split("__")
    try:
        for step in steps:
            model = model._meta.get_field(step).related_model
        return model._meta.get_field(last).related_model
    except (FieldDoesNotExist, AttributeError):
        return None


def look_up(wanted: Iterable[tuple[type[Model], Any]]) -> Names:
    """Find these rows, one query for each table; an id that cannot be one is left out."""
    ids: dict[type[Model], set[Any]] = {}
    for model, value in wanted:
        ids.setdefault(model, set()).add(key_of(model, value))
    return {
        (model, row.pk): row
        for model, keys in ids.items()
        for row in model._base_manager.using(USING).filter(pk__in=keys - {None})
    }


def named(names: Names, model: type[Model], value: Any) -> Model | None:
    """The row that an id stands for, if it was found."""
    return names.get((model, key_of(model, value)))


def key_of(model: type[Model], value: Any) -> Any:
    """An id as the table's own key, however a database wrote it down; None when it cannot be one."""
    try:
        return model._meta.pk.to_python(value)
    except (ValidationError, ValueError):
        return None


def row_link(model: type[Model], row_id: str) -> str | SafeString:
    """A row as a link to its page.

    Example: "Payment …3f2a9c1b".
    """
    text = f"{capfirst(model._meta.verbose_name)} {f'…{row_id[-8:]}' if len(row_id) > 12 else row_id}"
    return linked(model(pk=row_id), text)


def in_words(value: Any) -> str:
    """A plain value of the evidence as a person reads it."""
    if value is None or value in ("", "None"):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    moment = read_moment(value) if isinstance(value, str) else None
    return when(moment) if moment else str(value)


def read_moment(text: str) -> datetime | None:
    """A moment in text, as a database or JSON wrote it down; without a zone it is UTC."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def amount(cents: Any, currency: str) -> str | SafeString:
    """Minor units as units of their currency, grouped."""
    if not isinstance(cents, int):
        return NOTHING
    sign = "−" if cents < 0 else ""
    return format_html(
        '<span class="rm-money">{}{}<small>{}</small></span>',
        sign,
        grouped(abs(cents), currency),
        currency,
    )
