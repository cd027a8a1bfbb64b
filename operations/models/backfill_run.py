"""Runs of backfills: who changed stored data, when, why, how far it has come and what it did."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.ids import new_id
from accounts.models import Tenant, TenantQuerySet


class BackfillRun(models.Model):
    """Who ran which backfill, when and why, what did it count, and where is it now?

    One row per preview or execution; one execution of a backfill is active at a time, previews hinder nobody. Its worker
    rewrites it in every batch's own transaction, so counts, cursor and heartbeat are exactly those of the data that is
    committed. `generation` is the fencing number: who resumes a run raises it, and a worker that wakes up with an older
    one stops. Written by `operations.backfill` and, for previews, by `operations.services.previews` alone.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "Waiting for a worker"
        RUNNING = "RUNNING", "Running"
        PAUSED = "PAUSED", "Paused"
        SUCCEEDED = "SUCCEEDED", "Succeeded"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"
        UNDONE = "UNDONE", "Undone"

    ACTIVE = (Status.PENDING, Status.RUNNING, Status.PAUSED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    backfill = models.CharField(max_length=80)
    is_dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    cursor = models.TextField(blank=True, help_text="Last key of the last committed window.")
    upper_bound = models.TextField(blank=True, help_text="Largest key when the run began; later rows are not its duty.")
    generation = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True, help_text="Host and process of the worker.")
    heartbeat_at = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict, help_text="Batch size, recent rate, waits with their reason.")
    verification = models.JSONField(default=list, help_text="Each check with what it found.")
    stop_reason = models.TextField(blank=True, help_text="Why it paused, or stopped before the end.")
    error = models.TextField(blank=True)
    code_version = models.CharField(max_length=64, blank=True)
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        db_table = "backfill_runs"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["backfill"],
                condition=Q(status__in=["PENDING", "RUNNING", "PAUSED"], is_dry_run=False),
                name="backfill_has_one_active_run",
            )
        ]
        permissions = [("execute_backfill", "Can execute, pause, cancel and undo backfills")]

    def __str__(self) -> str:
        return f"{self.backfill} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_active(self) -> bool:
        """Whether it still holds its backfill and its tables."""
        return self.status in self.ACTIVE

    @property
    def duration_seconds(self) -> float:
        """Seconds from its first start to its end (or to its last heartbeat)."""
        end = self.finished_at or self.heartbeat_at
        return (end - self.started_at).total_seconds() if self.started_at and end else 0.0


class BackfillTableLock(models.Model):
    """Which active run may write this table? One row per written table, held from start to end of the run."""

    table = models.CharField(max_length=100, unique=True)
    run = models.ForeignKey(BackfillRun, on_delete=models.CASCADE, related_name="table_locks")

    class Meta:
        db_table = "backfill_table_locks"

    def __str__(self) -> str:
        return self.table
