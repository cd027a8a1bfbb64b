"""Adds `plan_subscriptions.subscriber_id`: which line a subscription is for. Going back refuses while any holds a link."""

import django.db.models.deletion
import subscriptions.models.plan_subscription
from django.conf import settings
from django.db import migrations, models

from accounts.way_back import RESTORE, RefuseToLose

LINK = "fk_plan_subscriptions_subscriber_id"  # the name that the deployment checklist looks for
IMAGES = ("subscriber", "link_source", "link_confirmed_by", "link_confirmed_at")  # those of an undone backfill may go
SAME_CUSTOMER = (
    "ALTER TABLE plan_subscriptions ADD CONSTRAINT plan_subscription_is_of_the_lines_customer "
    "FOREIGN KEY (tenant_id, customer_id, subscriber_id) REFERENCES subscribers (tenant_id, customer_id, id)"
)


def hold_the_link(apps, schema_editor):
    """Give the link its name, and let PostgreSQL hold that line and subscription are of one tenant and customer.

    SQLite adds no constraint to a table that is there: the services hold it, and `check_books` proves it, on both.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("subscriptions", "PlanSubscription")
    (made,) = schema_editor._constraint_names(model, ["subscriber_id"], foreign_key=True)
    schema_editor.execute(
        f"ALTER TABLE plan_subscriptions RENAME CONSTRAINT {schema_editor.quote_name(made)} TO {LINK}"
    )
    schema_editor.execute(SAME_CUSTOMER)


def keep_what_goes_with_the_column(apps, schema_editor):
    """Do nothing: both constraints go with the column."""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_invoice_numbering'),
        ('billing', '0009_sale_states'),
        ('subscriptions', '0004_internet_plans'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalplansubscription',
            name='link_confirmed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='historicalplansubscription',
            name='link_confirmed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalplansubscription',
            name='link_source',
            field=models.CharField(blank=True, choices=[('GIVEN', 'Given when it was made'), ('METADATA', 'The line names it'), ('ONLY_LINE', 'The only line of the customer'), ('MATCHED', 'Matched one to one'), ('FIRST_ACTIVE', 'The first active line of several'), ('PERSON', 'Chosen by a person'), ('MOVED', 'Moved to this line')], db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='historicalplansubscription',
            name='subscriber',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='subscriptions.subscriber'),
        ),
        migrations.AddField(
            model_name='plansubscription',
            name='link_confirmed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='plansubscription',
            name='link_confirmed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plansubscription',
            name='link_source',
            field=models.CharField(blank=True, choices=[('GIVEN', 'Given when it was made'), ('METADATA', 'The line names it'), ('ONLY_LINE', 'The only line of the customer'), ('MATCHED', 'Matched one to one'), ('FIRST_ACTIVE', 'The first active line of several'), ('PERSON', 'Chosen by a person'), ('MOVED', 'Moved to this line')], db_default='', default='', max_length=12),
        ),
        migrations.AddField(
            model_name='plansubscription',
            name='subscriber',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.subscriber'),
        ),
        migrations.AddIndex(
            model_name='plansubscription',
            index=subscriptions.models.plan_subscription.NamedIndex(fields=['subscriber'], name='idx_plan_subscriptions_subscriber_id'),
        ),
        migrations.AddConstraint(
            model_name='plansubscription',
            constraint=models.UniqueConstraint(condition=models.Q(('end_date__isnull', True), ('is_active', True)), fields=('subscriber',), name='line_carries_one_open_subscription'),
        ),
        migrations.AddConstraint(
            model_name='plansubscription',
            constraint=models.CheckConstraint(condition=models.Q(('link_confirmed_at__isnull', True), ('subscriber__isnull', False), _connector='OR'), name='plan_subscription_confirmed_link_is_there'),
        ),
        migrations.RunPython(hold_the_link, keep_what_goes_with_the_column),
    ]

    operations.append(
        RefuseToLose(
            __name__,
            operations,
            but=[f"historicalplansubscription.{name}" for name in IMAGES],
            cure=(
                "Undo the backfill first (`manage.py backfill_runs list`, then `manage.py backfill_runs undo ID`). Links that "
                f"a person gave cannot be rebuilt. {RESTORE}"
            ),
        )
    )
