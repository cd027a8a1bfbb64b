"""Money in: refunds, what a waiting payment was meant for, and what the gateway said."""

import accounts.ids
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from accounts.way_back import RefuseToLose


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('billing', '0005_invoices_by_legacy_money'),
        ('routes', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayEvent',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.CharField(max_length=100)),
                ('external_reference', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('SUCCEEDED', 'Came in'), ('FAILED', 'Failed'), ('REFUNDED', 'Given back'), ('REVERSED', 'Taken back')], max_length=9)),
                ('amount_cents', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('outcome', models.CharField(choices=[('DONE', 'Done'), ('UNKNOWN_REFERENCE', 'No such payment'), ('REFUSED', 'Contradicts the books')], max_length=17)),
                ('detail', models.TextField(blank=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('settled_reason', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'gateway_events',
                'ordering': ['-created_at', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0)), name='gateway_event_amount_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalGatewayEvent',
            fields=[
                ('actor_kind', models.CharField(default='system', editable=False, max_length=10)),
                ('request_id', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('backfill_run', models.UUIDField(blank=True, editable=False, null=True)),
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False)),
                ('event_id', models.CharField(max_length=100)),
                ('external_reference', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('SUCCEEDED', 'Came in'), ('FAILED', 'Failed'), ('REFUNDED', 'Given back'), ('REVERSED', 'Taken back')], max_length=9)),
                ('amount_cents', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('outcome', models.CharField(choices=[('DONE', 'Done'), ('UNKNOWN_REFERENCE', 'No such payment'), ('REFUSED', 'Contradicts the books')], max_length=17)),
                ('detail', models.TextField(blank=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('settled_reason', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(blank=True, editable=False)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical gateway event',
                'verbose_name_plural': 'historical gateway events',
                'db_table': 'historical_gateway_events',
                'ordering': ('-history_id',),
                'get_latest_by': 'history_id',
                'indexes': [models.Index(models.F('id'), models.OrderBy(models.F('history_date'), descending=True), models.OrderBy(models.F('history_id'), descending=True), name='gateway_events_as_of')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='PaymentIntention',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rank', models.PositiveIntegerField()),
                ('amount_cents', models.BigIntegerField()),
            ],
            options={
                'db_table': 'payment_intentions',
                'ordering': ['payment', 'rank'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0)), name='intention_amount_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='PaymentRefund',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount_cents', models.BigIntegerField()),
                ('reason', models.TextField()),
                ('reference', models.CharField(blank=True, max_length=100)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'payment_refunds',
                'ordering': ['created_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0)), name='refund_amount_is_positive')],
            },
        ),
        migrations.AddField(
            model_name='historicalpayment',
            name='external_reference',
            field=models.CharField(blank=True, max_length=100, null=True),
        ),
        migrations.AddField(
            model_name='payment',
            name='external_reference',
            field=models.CharField(blank=True, max_length=100, null=True),
        ),
        migrations.AddField(
            model_name='payment',
            name='proof_reference',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=200),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('tenant', 'external_reference'), name='payment_external_reference_is_used_once_per_tenant'),
        ),
        migrations.AddField(
            model_name='gatewayevent',
            name='payment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.payment'),
        ),
        migrations.AddField(
            model_name='gatewayevent',
            name='settled_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='gatewayevent',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='historicalgatewayevent',
            name='history_user',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalgatewayevent',
            name='payment',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='billing.payment'),
        ),
        migrations.AddField(
            model_name='historicalgatewayevent',
            name='settled_by',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalgatewayevent',
            name='tenant',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='paymentintention',
            name='invoice',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='paymentintention',
            name='opening_balance_customer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.customer'),
        ),
        migrations.AddField(
            model_name='paymentintention',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.payment'),
        ),
        migrations.AddField(
            model_name='paymentintention',
            name='sale',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.sale'),
        ),
        migrations.AddField(
            model_name='paymentintention',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='paymentrefund',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paymentrefund',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.payment'),
        ),
        migrations.AddField(
            model_name='paymentrefund',
            name='tenant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddIndex(
            model_name='gatewayevent',
            index=models.Index(fields=['tenant', '-created_at', '-id'], name='gateway_events_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='gatewayevent',
            constraint=models.UniqueConstraint(fields=('tenant', 'event_id'), name='gateway_event_is_kept_once_per_tenant'),
        ),
        migrations.AddConstraint(
            model_name='paymentintention',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invoice__isnull', False), ('opening_balance_customer__isnull', True), ('sale__isnull', True)), models.Q(('invoice__isnull', True), ('opening_balance_customer__isnull', True), ('sale__isnull', False)), models.Q(('invoice__isnull', True), ('opening_balance_customer__isnull', False), ('sale__isnull', True)), _connector='OR'), name='intention_has_one_target'),
        ),
        migrations.AddConstraint(
            model_name='paymentintention',
            constraint=models.UniqueConstraint(fields=('payment', 'rank'), name='intention_rank_is_used_once_per_payment'),
        ),
    ]

    operations.append(RefuseToLose(__name__, operations))
