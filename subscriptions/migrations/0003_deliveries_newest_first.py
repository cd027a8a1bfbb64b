"""Lists of deliveries are read newest first: an index in that order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0002_withdrawn_orders")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["tenant", "-delivery_date", "-id"], name="deliveries_newest_first"),
        ),
    ]
