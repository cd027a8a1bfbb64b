"""Changes: the plan of every batch, and the undo image of every row that a run wrote."""

from django.db import models

from operations.models.backfill_run import BackfillRun


class BackfillChange(models.Model):
    """What did this run write into this row, what stood there before, and why?

    Only the changed columns, as the database stores them, so that an undo is exact. Written set-based in the same
    transaction as the change itself; never edited.
    """

    class Operation(models.TextChoices):
        INSERT = "insert", "Inserted"
        UPDATE = "update", "Updated"

    # No constraint in the database: it would look each run up a million times, at every commit. The batch that writes these
    # rows holds the run's own row locked, and a run is only ever deleted through the ORM, which takes its changes along.
    run = models.ForeignKey(
        BackfillRun, on_delete=models.CASCADE, related_name="changes", db_index=False, db_constraint=False
    )
    table = models.CharField(max_length=100)
    operation = models.CharField(max_length=6, choices=Operation)
    row_id = models.CharField(max_length=255)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    evidence = models.JSONField(null=True, help_text="Why this value, where the author decided row by row.")

    class Meta:
        db_table = "backfill_changes"
        constraints = [
            models.UniqueConstraint(fields=["run", "table", "row_id"], name="backfill_change_is_once_per_run_and_row")
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row_id}"
