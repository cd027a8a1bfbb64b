"""Bulk operations, corrections of opening balances, invoices of whole periods, and where a round finds its customers."""

import accounts.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.way_back import RefuseToLose


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_invoice_numbering'),
        ('billing', '0006_money_in'),
        ('routes', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkOperation',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('INVOICING', 'Invoicing a period'), ('INVOICE_DELETION', 'Deleting invoices'), ('PAYMENTS', 'Payments of a round')], max_length=16)),
                ('status', models.CharField(choices=[('RUNNING', 'Running'), ('SUCCEEDED', 'Done'), ('FAILED', 'Failed')], default='RUNNING', max_length=9)),
                ('parameters', models.JSONField(blank=True, default=dict)),
                ('items_total', models.PositiveIntegerField(default=0)),
                ('items_done', models.PositiveIntegerField(default=0)),
                ('items_skipped', models.PositiveIntegerField(default=0)),
                ('items_failed', models.PositiveIntegerField(default=0)),
                ('cursor', models.UUIDField(blank=True, null=True)),
                ('error', models.TextField(blank=True, default='')),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'bulk_operations',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='BulkOperationItem',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('document_id', models.UUIDField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('DONE', 'Done'), ('SKIPPED', 'Skipped'), ('FAILED', 'Failed')], max_length=7)),
                ('code', models.CharField(blank=True, default='', max_length=60)),
                ('message', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'bulk_operation_items',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='OpeningBalanceCorrection',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('before_cents', models.BigIntegerField()),
                ('after_cents', models.BigIntegerField()),
                ('reason', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'opening_balance_corrections',
                'ordering': ['created_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('before_cents__gte', 0), ('after_cents__gte', 0), models.Q(('before_cents', models.F('after_cents')), _negated=True)), name='opening_balance_correction_changes_it')],
            },
        ),
        migrations.AddField(
            model_name='customer',
            name='address',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='customer',
            name='is_walk_in',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name='customer',
            name='round_position',
            field=models.PositiveIntegerField(blank=True, help_text='Order in which the round visits them.', null=True),
        ),
        migrations.AddField(
            model_name='historicalcustomer',
            name='address',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='historicalcustomer',
            name='is_walk_in',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name='historicalcustomer',
            name='round_position',
            field=models.PositiveIntegerField(blank=True, help_text='Order in which the round visits them.', null=True),
        ),
        migrations.AddField(
            model_name='historicalinvoice',
            name='bills_period',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name='invoice',
            name='bills_period',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('is_walk_in', True)), fields=('tenant',), name='walk_in_customer_is_one_per_tenant'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('bills_period', True), ('deleted_at__isnull', True), models.Q(('status', 'VOID'), _negated=True)), fields=('customer', 'source', 'period_start', 'period_end'), name='period_is_invoiced_once'),
        ),
        migrations.AddField(
            model_name='bulkoperation',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='bulkoperation',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='bulkoperationitem',
            name='customer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.customer'),
        ),
        migrations.AddField(
            model_name='bulkoperationitem',
            name='operation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='billing.bulkoperation'),
        ),
        migrations.AddField(
            model_name='bulkoperationitem',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='openingbalancecorrection',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='openingbalancecorrection',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.customer'),
        ),
        migrations.AddField(
            model_name='openingbalancecorrection',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddIndex(
            model_name='bulkoperation',
            index=models.Index(fields=['tenant', '-created_at', '-id'], name='bulk_operations_newest_first'),
        ),
        migrations.AddIndex(
            model_name='bulkoperationitem',
            index=models.Index(fields=['operation', 'outcome', 'id'], name='bulk_items_by_outcome'),
        ),
        migrations.AddIndex(
            model_name='openingbalancecorrection',
            index=models.Index(fields=['customer', 'id'], name='opening_corrections_of_one'),
        ),
    ]

    operations.append(RefuseToLose(__name__, operations))
