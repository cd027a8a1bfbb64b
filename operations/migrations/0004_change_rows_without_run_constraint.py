"""Change rows name their run without a constraint in the database: it was looked up once a row, at every commit."""


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0003_decided_findings_index"),
    ]

    operations = [
        migrations.AlterField(
            model_name="backfillchange",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="changes",
                to="operations.backfillrun",
            ),
        ),
    ]
