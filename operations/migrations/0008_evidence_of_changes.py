"""Adds `backfill_changes.evidence`: why a run wrote this value, where the author of the backfill decides row by row."""

from django.db import migrations, models

from accounts.way_back import RefuseToLose


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0007_maintenance'),
    ]

    operations = [
        migrations.AddField(
            model_name='backfillchange',
            name='evidence',
            field=models.JSONField(help_text='Why this value, where the author decided row by row.', null=True),
        ),
    ]

    operations.append(RefuseToLose(__name__, operations))
