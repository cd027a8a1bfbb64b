"""Lets a refund name the reconciled route that keeps its signed figures, so that every other route collects less by it."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.way_back import RefuseToLose


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0007_bulk_operations_and_periods'),
        ('routes', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='paymentrefund',
            name='settled_route',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='routes.route'),
        ),
    ]

    operations.append(RefuseToLose(__name__, operations))
