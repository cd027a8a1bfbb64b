"""`GET …/ID/history`: who changed an object, when, why, in which run, field by field. Newest first.

Who may see the object may see its history; of a deleted one, who could have seen it. "Newest" means the largest
`history_id`: two images may share a time, never an id.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PersonAnswer
from accounts.api.door import Door
from accounts.errors import NotFound
from accounts.history import BASELINE_REASON

KIND_OF_TYPE = {"+": "created", "~": "changed", "-": "deleted"}


class FieldChange(serializers.Serializer):
    """One column before and after; null where there was nothing."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class HistoryEntry(serializers.Serializer):
    """One change of an object."""

    history_id = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(["baseline", "created", "changed", "deleted"])
    actor_kind = serializers.CharField(help_text="user, or system for jobs and backfills.")
    user = PersonAnswer(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    request_id = serializers.CharField(allow_blank=True)
    backfill_run = serializers.UUIDField(allow_null=True)
    changes = FieldChange(many=True)


class HistoryDoor(Door):
    """The history of one object of `model`."""

    model: type[Model]
    ordering = ("-history_id",)

    @extend_schema(responses=HistoryEntry(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Every change of it: who, when, why, in which run, and each field before and after. Newest first."""
        images = self._images(pk)
        page = self.paginate_queryset(images.select_related("history_user"))
        return self.get_paginated_response(entries(page, _before(images, page)))

    def _images(self, pk: UUID) -> QuerySet:
        history = self.model.history.model
        images = history._base_manager.filter(**{self.model._meta.pk.attname: pk})
        if self.rows(self.model).filter(pk=pk).exists():
            return images
        could_have_seen = type(self.model.objects.all())(model=history).for_user(self.request.user)
        deleted = could_have_seen.of_tenant(self.named_tenant()).filter(id=pk, history_type="-")
        if not deleted.exists():
            raise NotFound(f"There is no {self.model._meta.verbose_name} {pk}, or it is not yours.")
        return images


def entries(page: Sequence[Any], before: Any | None) -> list[dict[str, Any]]:
    """Tell a page of images, newest first, each against the next older one; `before` is the one below the page."""
    older = [*page[1:], before]
    return [_entry(image, previous) for image, previous in zip(page, older, strict=False)]


def changes(image: Any, previous: Any | None) -> list[dict[str, Any]]:
    """The columns in which two images differ; of the first image every column that holds something."""
    fields = [field for field in image.tracked_fields if field.name not in ("id",)]
    pairs = ((field.attname, getattr(previous, field.attname, None), getattr(image, field.attname)) for field in fields)
    return [{"field": name, "before": before, "after": after} for name, before, after in pairs if before != after]


def _before(images: QuerySet, page: Sequence[Any]) -> Any | None:
    return images.filter(history_id__lt=page[-1].history_id).order_by("-history_id").first() if page else None


def _entry(image: Any, previous: Any | None) -> dict[str, Any]:
    is_baseline = image.history_change_reason == BASELINE_REASON
    user = image.history_user if image.history_user_id else None
    return {
        "history_id": image.history_id,
        "at": image.history_date,
        "kind": "baseline" if is_baseline else KIND_OF_TYPE[image.history_type],
        "actor_kind": image.actor_kind,
        "user": {"id": user.pk, "name": user.name} if user else None,
        "reason": image.history_change_reason or "",
        "request_id": image.request_id,
        "backfill_run": image.backfill_run,
        "changes": [] if image.history_type == "-" else changes(image, previous),
    }
