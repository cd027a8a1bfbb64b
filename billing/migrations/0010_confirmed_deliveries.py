"""Lets a list of deliveries that is confirmed at once be a bulk operation: a word more, no column."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0009_sale_states'),
    ]

    operations = [
        migrations.AlterField(
            model_name='bulkoperation',
            name='kind',
            field=models.CharField(choices=[('INVOICING', 'Invoicing a period'), ('INVOICE_DELETION', 'Deleting invoices'), ('PAYMENTS', 'Payments of a round'), ('DELIVERIES', 'Deliveries confirmed at once')], max_length=16),
        ),
    ]
