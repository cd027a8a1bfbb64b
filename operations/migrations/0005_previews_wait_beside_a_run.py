"""A preview that waits for a worker hinders no execution: only executions are one at a time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0004_change_rows_without_run_constraint"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="backfillrun", name="backfill_has_one_active_run"),
        migrations.AddConstraint(
            model_name="backfillrun",
            constraint=models.UniqueConstraint(
                fields=["backfill"],
                condition=models.Q(status__in=["PENDING", "RUNNING", "PAUSED"], is_dry_run=False),
                name="backfill_has_one_active_run",
            ),
        ),
    ]
