"""History: one image of a row for every change of it, with who, when, why and in which run.

`History` is django-simple-history with our columns and our one index. A row that never had history gets a
*baseline* image of its stored state before its first change, so that "what was it before?" always has an answer.
"Newest" means the largest `history_id`: two images may share a time, never an id.
"""

from typing import Any

from django.db import models
from django.db.models import Model, signals
from django.utils import timezone
from simple_history.manager import HistoryDescriptor, HistoryManager
from simple_history.models import HistoricalRecords

from accounts import audit

BASELINE_REASON = "baseline: the row as it was before its first recorded change"
BEGUN = "_history_is_begun"


class HistoryStamp(models.Model):
    """Columns that every history table has besides the row's own. Plain values, no foreign keys."""

    actor_kind = models.CharField(max_length=10, default="system", editable=False)
    request_id = models.CharField(max_length=64, default="", blank=True, editable=False)
    backfill_run = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class KeptManager(HistoryDescriptor):
    """The manager `row.history`, whose class is built once; the library builds it anew at each access, so at each save."""

    def __init__(self, model: type[Model]) -> None:
        super().__init__(model)
        self.kept_class = self.manager_class.from_queryset(self.queryset_class)

    def __get__(self, instance: Model | None, owner: type[Model]) -> HistoryManager:
        return self.kept_class(self.model, instance)


class History(HistoricalRecords):
    """The history of a model that holds money or rights: `history = History()`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            bases=(HistoryStamp,),
            history_id_field=models.BigAutoField(),
            user_db_constraint=False,
            use_base_model_db=True,
            **options,
        )

    def finalize(self, sender: type[Model], **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if self.cls is sender:
            self.history_model = getattr(sender, self.manager_name).model  # read at each save
            setattr(sender, self.manager_name, KeptManager(self.history_model))
            signals.pre_save.connect(self.write_baseline, sender=sender, weak=False)

    def copy_fields(self, model: type[Model]) -> dict[str, models.Field]:
        """Copy the row's columns without their indexes: the as-of index serves every reader."""
        fields = super().copy_fields(model)
        for field in fields.values():
            field.db_index = False
        return fields

    def get_extra_fields(self, model: type[Model], fields: dict[str, Any]) -> dict[str, Any]:
        extra = super().get_extra_fields(model, fields)
        extra["history_user"].db_index = False
        return extra

    def get_meta_options(self, model: type[Model]) -> dict[str, Any]:
        table = model._meta.db_table
        return {
            **super().get_meta_options(model),
            "db_table": f"historical_{table}",
            "ordering": ("-history_id",),
            "get_latest_by": "history_id",
            "indexes": [
                models.Index(
                    model._meta.pk.attname,
                    models.F("history_date").desc(),
                    models.F("history_id").desc(),
                    name=f"{table[:22]}_as_of",
                )
            ],
        }

    def get_history_user(self, instance: Model) -> Any:
        return audit.current().actor or super().get_history_user(instance)

    def get_change_reason_for_object(self, instance: Model, history_type: str, using: str) -> str:
        return super().get_change_reason_for_object(instance, history_type, using) or audit.current().reason

    def write_baseline(self, sender: type[Model], instance: Model, raw: bool, using: str, **kwargs: Any) -> None:
        """Write the image of a stored row that has no history yet, just before its first change."""
        if raw or getattr(instance, BEGUN, False):
            return
        if instance._state.adding:
            # Its first image comes with it, in the same transaction: they stand or fall together.
            setattr(instance, BEGUN, not hasattr(instance, "skip_history_when_saving"))
            return
        history = self.history_model
        if history._base_manager.using(using).filter(**{sender._meta.pk.attname: instance.pk}).exists():
            return
        stored = sender._base_manager.using(using).filter(pk=instance.pk).first()
        if stored is not None:
            self.write_image(history, stored, using)

    def write_image(self, history: type[Model], stored: Model, using: str) -> None:
        """Insert one baseline image of a stored row, in the name of the system."""
        values = {field.attname: getattr(stored, field.attname) for field in self.fields_included(stored)}
        history._base_manager.using(using).create(
            **values,
            history_type="+",
            history_date=timezone.now(),
            history_change_reason=BASELINE_REASON,
            request_id=audit.current().request_id,
        )


def stamp(sender: Any, history_instance: Any, **kwargs: Any) -> None:
    """Fill our columns of a history row that simple-history is about to write."""
    now = audit.current()
    history_instance.actor_kind = "user" if history_instance.history_user_id else now.actor_kind
    history_instance.request_id = now.request_id
    history_instance.backfill_run = now.backfill_run
