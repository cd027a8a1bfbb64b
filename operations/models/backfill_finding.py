"""Findings: rows that a person should see, and what they decided."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.history import History
from accounts.models import Tenant
from accounts.models.tenant_owned import TenantQuerySet
from accounts.roles import OFFICE
from operations.models.backfill_run import BackfillRun


class BackfillFindingQuerySet(TenantQuerySet):
    """Findings, chained like a sentence."""

    def undecided(self) -> Self:
        """Findings that nobody has decided yet."""
        return self.filter(decision__isnull=True)

    def of_backfill(self, name: str) -> Self:
        """Findings of every run of one backfill."""
        return self.filter(backfill=name)

    def visible_to_role(self, user: Any) -> Self:
        """The office sees findings; representatives and customers do not."""
        return self if user.role in OFFICE else self.none()


class BackfillFinding(models.Model):
    """Which row did a run leave for a person, why, and what did the person decide?

    `detail` is the evidence, `kind` the reason in a word. A decided row is never touched or reported again by the same backfill.
    Inserted set-based by the engine; decided by `operations.services.decide_finding` alone.
    """

    # As with change rows: no constraint, which would be looked up once a row; and the unique index begins with the run.
    run = models.ForeignKey(
        BackfillRun, on_delete=models.CASCADE, related_name="findings", db_index=False, db_constraint=False
    )
    backfill = models.CharField(max_length=80)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    table = models.CharField(max_length=100)
    row_id = models.CharField(max_length=255)
    detail = models.JSONField(default=dict)
    needs_decision = models.BooleanField(default=False, help_text="Waits for a person; others are for information.")
    decision = models.CharField(max_length=60, null=True)  # noqa: DJ001 - NULL is "undecided", a state of its own
    decision_detail = models.JSONField(default=dict)
    decision_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BackfillFindingQuerySet.as_manager()
    history = History()

    class Meta:
        db_table = "backfill_findings"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "row_id"], name="finding_is_once_per_run_kind_and_row"),
            models.CheckConstraint(
                condition=Q(decision__isnull=True, decided_at__isnull=True)
                | Q(decision__isnull=False, decided_at__isnull=False),
                name="finding_decision_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["backfill", "row_id"], name="findings_of_a_row"),
            models.Index(
                fields=["backfill", "row_id"], condition=Q(decision__isnull=False), name="findings_decided_of_a_row"
            ),
        ]
        permissions = [("decide_finding", "Can decide findings")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
