"""Findings name their run without a constraint or an index of its own: the unique index begins with the run."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0005_previews_wait_beside_a_run'),
    ]

    operations = [
        migrations.AlterField(
            model_name='backfillfinding',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='operations.backfillrun'),
        ),
    ]
