"""How a business numbers its invoices."""

from django.db import migrations, models

from accounts.way_back import RefuseToLose


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicaltenant',
            name='invoice_numbering',
            field=models.CharField(choices=[('CALENDAR_YEAR', 'By calendar year, for example SAL-2026-0001'), ('INDIAN_FY', 'By Indian financial year, for example 20262700001')], db_default='CALENDAR_YEAR', default='CALENDAR_YEAR', max_length=13),
        ),
        migrations.AddField(
            model_name='tenant',
            name='invoice_numbering',
            field=models.CharField(choices=[('CALENDAR_YEAR', 'By calendar year, for example SAL-2026-0001'), ('INDIAN_FY', 'By Indian financial year, for example 20262700001')], db_default='CALENDAR_YEAR', default='CALENDAR_YEAR', max_length=13),
        ),
    ]

    operations.append(RefuseToLose(__name__, operations))
