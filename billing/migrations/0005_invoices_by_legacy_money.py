"""Adds the index by which the invoices of the old system that count by legacy money are found."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('billing', '0004_invoices_allocations_and_audit'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(condition=models.Q(('allocated_cents', 0), ('counts_by_allocations', False)), fields=['tenant', 'id'], name='invoices_by_legacy_money'),
        ),
    ]
