"""History: one image of a row for every change of it, with who, when, why and in which run.

`History` is django-simple-history with our columns and our one index. A row that never had history gets a
*baseline* image of its stored state before its first change, so that "what was it before?" always has an answer.
"Newest" means the largest `history_id`: two images may share a time, never an id.
"""

from typing import Any

from django.db import connections, models, router
from django.db.models import Model, signals
from django.utils import timezone
from simple_history.manager import HistoryDescriptor, HistoryManager
from simple_history.models import HistoricalRecords

from accounts import audit
from accounts.inserting import insert

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
        if self.has_image(instance, using):
            return
        stored = sender._base_manager.using(using).filter(pk=instance.pk).first()
        if stored is not None:
            self.write_baseline_image(stored, using)

    def has_image(self, instance: Model, using: str) -> bool:
        """Whether a row has any history, asked without the ORM, for it is asked before most changes."""
        key, connection = instance._meta.pk, connections[using]
        table, column = map(connection.ops.quote_name, (self.history_model._meta.db_table, key.column))
        with connection.cursor() as cursor:
            wanted = [key.get_db_prep_value(instance.pk, connection)]
            cursor.execute(f"SELECT 1 FROM {table} WHERE {column} = %s LIMIT 1", wanted)  # noqa: S608
            return cursor.fetchone() is not None

    def create_historical_record(self, instance: Model, history_type: str, using: str | None = None) -> None:
        """Insert one image of a row that was just written: plain values, without the library's object and its signals."""
        using = using or router.db_for_write(self.history_model)
        user, now = self.get_history_user(instance), audit.current()
        self.write_image(
            instance,
            using,
            history_type=history_type,
            history_date=getattr(instance, "_history_date", None) or timezone.now(),
            history_change_reason=self.get_change_reason_for_object(instance, history_type, using),
            history_user_id=user.pk if user else None,
            actor_kind="user" if user else now.actor_kind,
            request_id=now.request_id,
            backfill_run=now.backfill_run,
        )

    def write_baseline_image(self, stored: Model, using: str) -> None:
        """Insert the baseline image of a stored row, in the name of the system."""
        self.write_image(
            stored,
            using,
            history_type="+",
            history_date=timezone.now(),
            history_change_reason=BASELINE_REASON,
            history_user_id=None,
            actor_kind="system",
            request_id=audit.current().request_id,
            backfill_run=None,
        )

    def write_image(self, instance: Model, using: str, **stamped: Any) -> None:
        """Insert an image of the row as it is in memory, with these stamps."""
        values = {field.attname: getattr(instance, field.attname) for field in self.fields_included(instance)}
        insert(self.history_model, values | stamped, using=using)
