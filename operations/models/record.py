"""Records of upkeep: results of book checks, verified backups, and signs of life of workers."""

from django.db import models

from accounts.ids import new_id
from accounts.models import Tenant, TenantQuerySet


class BooksCheck(models.Model):
    """When were the books last proved, and which invariants held?

    Written by `operations.services.check_books`. `results` lists every invariant with its numbers. A check of the whole has no
    tenant; one tenant's people are shown only a check of their own books, because examples name rows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    duration_seconds = models.FloatField()
    all_hold = models.BooleanField()
    results = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        db_table = "books_checks"
        ordering = ["-created_at", "-id"]
        permissions = [("view_health", "Can see the Health page")]

    def __str__(self) -> str:
        return "all hold" if self.all_hold else "broken"


class BackupRecord(models.Model):
    """Which backup files were made of which database, and was each one really restored once (`verified_at`)?

    Written by `backup_database` and `verify_backup`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    database = models.CharField(max_length=100)
    file_name = models.CharField(max_length=255)
    checksum = models.CharField(max_length=64, db_index=True)
    manifest = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    verify_seconds = models.FloatField(null=True)

    class Meta:
        db_table = "backup_records"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.file_name


class WorkerSign(models.Model):
    """When did a background worker last say that it is alive?

    One row per worker (`celery@host`), rewritten by itself every minute, removed when it is stopped in order.
    """

    name = models.CharField(max_length=120, primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "worker_signs"

    def __str__(self) -> str:
        return self.name
