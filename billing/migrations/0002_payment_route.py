"""Adds `payments.route_id`: where the money was collected. Going back refuses while any payment holds a route."""

import django.db.models.deletion
from django.db import migrations, models


def refuse_to_lose_links(apps, schema_editor):
    """Stop the way back while a link would be lost: nothing else in the database could tell it again."""
    payments = apps.get_model("billing", "Payment").objects.using(schema_editor.connection.alias)
    linked = payments.filter(route__isnull=False).count()
    if linked:
        raise RuntimeError(
            f"billing.0002_payment_route: {linked} payments hold a route, and going back would lose it. "
            "Undo the backfill first (`manage.py backfill_runs list`, then `backfill_runs undo ID`). Links that were "
            "recorded with the payment itself cannot be rebuilt: restore a backup from before this migration instead "
            "(`manage.py restore_database FILE`)."
        )


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
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose_links),
    ]
