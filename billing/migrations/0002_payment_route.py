"""Adds `payments.route_id`: where the money was collected. Going back refuses while any payment holds a route."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.way_back import RESTORE, RefuseToLose


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("routes", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="route",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="routes.route",
            ),
        ),
        migrations.AddField(
            model_name="historicalpayment",
            name="route",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="routes.route",
            ),
        ),
    ]

    operations.append(
        RefuseToLose(
            __name__,
            operations,
            but=["historicalpayment.route"],  # else the images of an undone backfill would hold the way back up for ever
            cure=(
                "Undo the backfill first (`manage.py backfill_runs list`, then `manage.py backfill_runs undo ID`). Links that "
                f"were recorded with the payment itself cannot be rebuilt. {RESTORE}"
            ),
        )
    )
