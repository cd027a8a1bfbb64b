"""An object's story: its history images told as lines, field by field."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.db.models import Field, Model
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.timezone import localtime
from simple_history.models import DeletedObject

from accounts.admin.card import StoryLine
from accounts.history import BASELINE_REASON

STORY_LENGTH = 30
NOTHING = "–"


class Storyteller:
    """Tells the images of one object in words; money and other special values are worded by `value_in_words`."""

    def __init__(self, model: type[Model], skipped: set[str] = frozenset()) -> None:
        self.model = model
        self.skipped = skipped

    def images(self, pk: Any) -> list[Any]:
        """The newest images of a row, newest first, and one more to compare the last with."""
        rows = self.model.history.filter(**{self.model._meta.pk.attname: pk}).select_related("history_user")
        return list(rows._select_related_history_tracked_objs().order_by("-history_id")[: STORY_LENGTH + 1])

    def lines(self, pk: Any) -> Iterator[StoryLine]:
        """The story of a row, newest first; an image that changed only skipped fields is left out."""
        images = self.images(pk)
        for position, image in enumerate(images[:STORY_LENGTH]):
            older = images[position + 1] if position + 1 < len(images) else None
            what = self.what(image, older)
            if what:
                yield StoryLine(
                    at=image.history_date,
                    what=what,
                    who=who(image),
                    why=why(image),
                    run=str(image.backfill_run or ""),
                    icon=ICON_OF_TYPE[image.history_type],
                )

    def what(self, image: Any, older: Any | None) -> str:
        """What happened between two images: recorded, deleted, or each changed field with its old and new value."""
        if image.history_type == "-":
            return "Deleted"
        if older is None:
            return "As it was before its first recorded change" if is_baseline(image) else "Recorded"
        changes = [row for row in self.changes(image, older) if row["name"] not in self.skipped]
        return format_html_join("; ", "{}: {} → {}", ((row["field"], row["old"], row["new"]) for row in changes))

    def changes(self, image: Any, older: Any) -> list[dict[str, str]]:
        """Each changed field: its name, its label, the old and the new value in words."""
        delta = image.diff_against(older, foreign_keys_are_objs=True)
        return [self.change(image, change) for change in delta.changes]

    def change(self, image: Any, change: Any) -> dict[str, str]:
        """One changed field in words."""
        column = self.model._meta.get_field(change.field)
        return {
            "name": change.field,
            "field": capfirst(str(column.verbose_name).removesuffix(" cents")),
            "old": self.value_in_words(column, change.old, image),
            "new": self.value_in_words(column, change.new, image),
        }

    def value_in_words(self, column: Field, value: Any, image: Any) -> str:
        """A stored value as a person reads it."""
        if value is None or value == "" or (isinstance(value, DeletedObject) and value.pk is None):
            return NOTHING
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Model) or column.remote_field:
            return linked(value) if isinstance(value, Model) else str(value)
        return str(display_for_field(value, column, NOTHING))


ICON_OF_TYPE = {"+": "add_circle", "~": "edit", "-": "delete"}


def is_baseline(image: Any) -> bool:
    """Whether an image only keeps what stood there before anybody's first change."""
    return image.history_change_reason == BASELINE_REASON


def when(moment: datetime | None) -> str:
    """A moment as lists write it.

    Example: "28 Jan 2026, 09:33".
    """
    return date_format(localtime(moment), "j M Y, H:i") if moment else NOTHING


def who(image: Any) -> str:
    """The person behind an image, or "system"."""
    return str(image.history_user) if image.history_user_id and image.history_user else image.actor_kind


def why(image: Any) -> str:
    """The reason that was given, if any."""
    return "" if is_baseline(image) else image.history_change_reason or ""


def page_of(row: Model) -> str:
    """The address of an object's page in the admin, or nothing where it has none."""
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def linked(row: Model | None, text: str = "") -> str:
    """An object's name as a link to its page."""
    if row is None:
        return NOTHING
    address = page_of(row)
    return format_html('<a class="text-link" href="{}">{}</a>', address, text or row) if address else str(text or row)
