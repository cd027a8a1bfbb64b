"""Times of maintenance: who froze whose writes, when and why."""

import accounts.ids
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from accounts.way_back import RefuseToLose


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_invoice_numbering'),
        ('operations', '0006_findings_without_run_constraint'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalMaintenance',
            fields=[
                ('actor_kind', models.CharField(default='system', editable=False, max_length=10)),
                ('request_id', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('backfill_run', models.UUIDField(blank=True, editable=False, null=True)),
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False)),
                ('reason', models.TextField()),
                ('started_at', models.DateTimeField()),
                ('expected_until', models.DateTimeField(blank=True, help_text='When it will probably be over.', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.TextField(blank=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('ended_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.tenant')),
            ],
            options={
                'verbose_name': 'historical time of maintenance',
                'verbose_name_plural': 'historical times of maintenance',
                'db_table': 'historical_maintenance',
                'ordering': ('-history_id',),
                'get_latest_by': 'history_id',
                'indexes': [models.Index(models.F('id'), models.OrderBy(models.F('history_date'), descending=True), models.OrderBy(models.F('history_id'), descending=True), name='maintenance_as_of')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Maintenance',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', models.TextField()),
                ('started_at', models.DateTimeField()),
                ('expected_until', models.DateTimeField(blank=True, help_text='When it will probably be over.', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.TextField(blank=True)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
            ],
            options={
                'verbose_name': 'time of maintenance',
                'verbose_name_plural': 'times of maintenance',
                'db_table': 'maintenance',
                'ordering': ['-started_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('tenant',), name='maintenance_is_once_per_tenant'), models.UniqueConstraint(models.Value(1), condition=models.Q(('ended_at__isnull', True), ('tenant__isnull', True)), name='maintenance_of_all_is_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='maintenance_has_a_reason'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='maintenance_ends_after_it_began')],
            },
        ),
    ]

    operations.append(RefuseToLose(__name__, operations))
