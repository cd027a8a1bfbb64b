"""What history says of tables that were brought back alone.

The rows are those of the backup again, but history has gone on: its newest images show what was restored over. Left like that,
the books would be called broken from then on. So each row whose newest image shows something else gets one of what it is now,
and each row that the backup does not know one that says it is gone. Nothing is taken out of history: what was undone stays there.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Model, TextField, UUIDField, Value

from operations.backfill.compiled import insert_select
from operations.backfill.history import acted_images, history_columns, stamps
from operations.history_images import images_of_vanished_rows, images_unlike_their_row, models_with_history
from operations.history_writing import who_acts


def write_history_of_restored(tables: Collection[str], *, using: str, now: datetime, why: str) -> None:
    """Write the images that these tables lack after their rows were replaced; a history brought back along is left as it is."""
    for model, history in models_with_history():
        if model._meta.db_table in tables and history._meta.db_table not in tables:
            told = who_acts(now, why=why)
            _tell_of_vanished(model, history, using, told)
            _tell_of_changed(model, history, using, told)


def _tell_of_changed(model: type[Model], history: type[Model], using: str, told: dict[str, Any]) -> None:
    keys: dict[str, list[Any]] = {"+": [], "~": []}
    for key, differences in images_unlike_their_row(model, history, using=using, tenant=None):
        keys["+" if "newest_image" in differences else "~"].append(key)
    for history_type, chosen in keys.items():
        rows = model._base_manager.filter(pk__any_of=chosen)
        acted_images(rows, history_type=history_type, using=using).count(**told)


def _tell_of_vanished(model: type[Model], history: type[Model], using: str, told: dict[str, Any]) -> None:
    newest = [image for _, image in images_of_vanished_rows(model, history, using=using, tenant=None)]
    stamped = stamps(
        history_type="-",
        reason=Value(told["reason"], TextField()),
        actor_id=Value(told["actor"], UUIDField()),
        actor_kind=Value(told["actor_kind"], CharField()),
        request_id=Value(told["request"], CharField()),
    )
    names = [field.attname for field in history.tracked_fields]  # type: ignore[attr-defined]
    images = history._base_manager.filter(history_id__any_of=newest).order_by()
    selected = images.values_list(*(F(name) for name in names), *stamped.values())
    insert_select(history, [*history_columns(model), *stamped], selected, using).count(now=told["now"], run=told["run"])
