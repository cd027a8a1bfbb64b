"""The six tables of cashback, and nothing else. Each is made only where it is missing; one that differs stops it."""

import accounts.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.way_back import RefuseToLose
from operations.create_if_missing import CreateModelIfMissing


class Migration(migrations.Migration):

    dependencies = [
        ('cashback', '0001_lending'),
    ]

    operations = [
        CreateModelIfMissing(
            name='CashbackTransaction',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('from_account', models.CharField(blank=True, choices=[('ISSUANCE', 'Issued points'), ('CLEARING', 'Points being paid out'), ('ADJUSTMENT', 'Adjustments')], default='', max_length=10)),
                ('to_account', models.CharField(blank=True, choices=[('ISSUANCE', 'Issued points'), ('CLEARING', 'Points being paid out'), ('ADJUSTMENT', 'Adjustments')], default='', max_length=10)),
                ('points_cents', models.BigIntegerField()),
                ('transaction_type', models.CharField(choices=[('unconditional', 'Granted'), ('loan_interest_manual', 'Earned on a loan, by hand'), ('loan_interest_auto', 'Earned on a loan'), ('tracker_entry', 'Earned on a tracker'), ('transfer', 'Transferred'), ('deduction', 'Removed'), ('redemption', 'Redeemed'), ('redemption_refund', 'Redemption cancelled'), ('reversal', 'Taken back'), ('system', 'By the system')], max_length=30)),
                ('related_tracker_entry_day', models.PositiveIntegerField(blank=True, null=True)),
                ('occasion', models.PositiveIntegerField(blank=True, null=True)),
                ('base_cents', models.BigIntegerField(blank=True, null=True)),
                ('cashback_type', models.CharField(blank=True, choices=[('percentage', 'A share of the base'), ('fixed', 'A fixed number of points')], default='', max_length=20)),
                ('cashback_value', models.DecimalField(blank=True, decimal_places=4, max_digits=15, null=True)),
                ('notes', models.TextField(blank=True, default='')),
                ('user_notes', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField()),
                ('created_by_user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('from_user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='cashback.cashbacktransaction')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
                ('to_user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('related_tracker', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cashback.dailytracker')),
                ('related_loan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cashback.loan')),
                ('related_payment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cashback.loanpayment')),
            ],
            options={
                'db_table': 'cashback_transaction',
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(fields=['tenant', '-created_at', '-id'], name='cashback_newest_first'), models.Index(fields=['to_user', '-created_at', '-id'], name='cashback_to_a_person'), models.Index(fields=['from_user', '-created_at', '-id'], name='cashback_from_a_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('points_cents__gt', 0)), name='cashback_points_are_positive'), models.CheckConstraint(condition=models.Q(models.Q(('from_user__isnull', True), models.Q(('from_account', ''), _negated=True)), models.Q(('from_account', ''), ('from_user__isnull', False)), _connector='OR'), name='cashback_comes_from_one_account'), models.CheckConstraint(condition=models.Q(models.Q(('to_user__isnull', True), models.Q(('to_account', ''), _negated=True)), models.Q(('to_account', ''), ('to_user__isnull', False)), _connector='OR'), name='cashback_goes_to_one_account'), models.CheckConstraint(condition=models.Q(('from_user__isnull', True), ('to_user__isnull', True), models.Q(('from_user', models.F('to_user')), _negated=True), _connector='OR'), name='cashback_goes_to_another_person'), models.CheckConstraint(condition=models.Q(models.Q(('reverses__isnull', False), ('transaction_type', 'reversal')), models.Q(models.Q(('transaction_type', 'reversal'), _negated=True), ('reverses__isnull', True)), _connector='OR'), name='cashback_reversal_names_its_row'), models.CheckConstraint(condition=models.Q(models.Q(('transaction_type__in', ['loan_interest_auto', 'loan_interest_manual']), ('occasion__isnull', False), ('related_loan__isnull', False), ('related_payment__isnull', False)), models.Q(('transaction_type', 'tracker_entry'), ('occasion__isnull', False), ('related_tracker__isnull', False), ('related_tracker_entry_day__isnull', False)), models.Q(models.Q(('transaction_type__in', ['loan_interest_auto', 'loan_interest_manual', 'tracker_entry']), _negated=True), ('occasion__isnull', True)), _connector='OR'), name='cashback_earned_names_its_occasion'), models.UniqueConstraint(condition=models.Q(('occasion__isnull', False)), fields=('related_payment', 'to_user', 'occasion'), name='cashback_on_a_payment_is_earned_once'), models.UniqueConstraint(condition=models.Q(('occasion__isnull', False)), fields=('related_tracker', 'related_tracker_entry_day', 'to_user', 'occasion'), name='cashback_on_a_day_is_earned_once')],
            },
        ),
        CreateModelIfMissing(
            name='LoanCashbackConfig',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('cashback_type', models.CharField(choices=[('percentage', 'A share of the base'), ('fixed', 'A fixed number of points')], max_length=20)),
                ('cashback_value', models.DecimalField(blank=True, decimal_places=4, max_digits=15, null=True)),
                ('points_cents', models.BigIntegerField(blank=True, null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cashback_configs', to='cashback.loan')),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'loan_cashback_config',
                'ordering': ['created_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('loan', 'user'), name='loan_cashback_is_unique_for_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('cashback_type', 'percentage'), ('cashback_value__gt', 0), ('cashback_value__isnull', False), ('cashback_value__lte', 1), ('points_cents__isnull', True)), models.Q(('cashback_type', 'fixed'), ('cashback_value__isnull', True), ('points_cents__gt', 0), ('points_cents__isnull', False)), _connector='OR'), name='loan_cashback_has_the_value_of_its_type')],
            },
        ),
        CreateModelIfMissing(
            name='TrackerEntry',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('day', models.PositiveIntegerField()),
                ('payment_cents', models.BigIntegerField()),
                ('withdrawn_cents', models.BigIntegerField(default=0)),
                ('reinvest_cents', models.BigIntegerField(default=0)),
                ('pocket_money_cents', models.BigIntegerField(default=0)),
                ('entry_data', models.JSONField(blank=True, default=dict)),
                ('status', models.CharField(choices=[('pending', 'To approve'), ('approved', 'Approved'), ('rejected', 'Rejected')], default='pending', max_length=20)),
                ('approvals', models.PositiveIntegerField(default=0)),
                ('submitted_at', models.DateTimeField()),
                ('verified_at', models.DateTimeField(blank=True, null=True)),
                ('rejection_reason', models.TextField(blank=True, default='')),
                ('submitted_by_user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
                ('tracker', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='cashback.dailytracker')),
                ('verified_by_user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'tracker entries',
                'db_table': 'tracker_entry',
                'ordering': ['tracker', 'day'],
                'indexes': [models.Index(condition=models.Q(('status', 'pending')), fields=['tenant', 'id'], name='tracker_entries_to_approve')],
                'constraints': [models.UniqueConstraint(fields=('tracker', 'day'), name='tracker_day_is_entered_once'), models.CheckConstraint(condition=models.Q(('payment_cents__gte', 0), ('pocket_money_cents__gte', 0), ('reinvest_cents__gte', 0), ('withdrawn_cents__gte', 0)), name='tracker_entry_is_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), _negated=True), models.Q(('approvals__gt', 0), ('verified_at__isnull', False)), _connector='OR'), name='tracker_entry_approved_has_a_time')],
            },
        ),
        CreateModelIfMissing(
            name='TrackerCashbackConfig',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('cashback_type', models.CharField(choices=[('percentage', 'A share of the base'), ('fixed', 'A fixed number of points')], max_length=20)),
                ('cashback_value', models.DecimalField(blank=True, decimal_places=4, max_digits=15, null=True)),
                ('points_cents', models.BigIntegerField(blank=True, null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
                ('tracker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cashback_configs', to='cashback.dailytracker')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'tracker_cashback_config',
                'ordering': ['created_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('tracker', 'user'), name='tracker_cashback_is_unique_for_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('cashback_type', 'percentage'), ('cashback_value__gt', 0), ('cashback_value__isnull', False), ('cashback_value__lte', 1), ('points_cents__isnull', True)), models.Q(('cashback_type', 'fixed'), ('cashback_value__isnull', True), ('points_cents__gt', 0), ('points_cents__isnull', False)), _connector='OR'), name='tracker_cashback_has_the_value_of_its_type')],
            },
        ),
        CreateModelIfMissing(
            name='UserPaymentMethod',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_name', models.TextField(blank=True, default='')),
                ('account_number', models.TextField(blank=True, default='')),
                ('ifsc_code', models.TextField(blank=True, default='')),
                ('bank_name', models.TextField(blank=True, default='')),
                ('upi_id', models.TextField(blank=True, default='')),
                ('gpay_id', models.TextField(blank=True, default='')),
                ('phone_number', models.TextField(blank=True, default='')),
                ('address', models.TextField(blank=True, default='')),
                ('payment_type', models.CharField(choices=[('cash', 'Cash'), ('gpay', 'Google Pay'), ('upi', 'UPI'), ('account', 'Bank account'), ('amazon_gift_card', 'Amazon gift card')], max_length=50)),
                ('is_default', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'user_payment_method',
                'ordering': ['-is_default', '-created_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True), ('is_default', True)), fields=('user',), name='payment_method_has_one_default'), models.CheckConstraint(condition=models.Q(models.Q(('account_name', ''), ('account_name__startswith', 'gAAAA'), _connector='OR'), models.Q(('account_number', ''), ('account_number__startswith', 'gAAAA'), _connector='OR'), models.Q(('ifsc_code', ''), ('ifsc_code__startswith', 'gAAAA'), _connector='OR'), models.Q(('bank_name', ''), ('bank_name__startswith', 'gAAAA'), _connector='OR'), models.Q(('upi_id', ''), ('upi_id__startswith', 'gAAAA'), _connector='OR'), models.Q(('gpay_id', ''), ('gpay_id__startswith', 'gAAAA'), _connector='OR'), models.Q(('phone_number', ''), ('phone_number__startswith', 'gAAAA'), _connector='OR'), models.Q(('address', ''), ('address__startswith', 'gAAAA'), _connector='OR')), name='payment_method_details_are_sealed')],
            },
        ),
        CreateModelIfMissing(
            name='CashbackRedemption',
            fields=[
                ('id', models.UUIDField(default=accounts.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_name', models.TextField(blank=True, default='')),
                ('account_number', models.TextField(blank=True, default='')),
                ('ifsc_code', models.TextField(blank=True, default='')),
                ('bank_name', models.TextField(blank=True, default='')),
                ('upi_id', models.TextField(blank=True, default='')),
                ('gpay_id', models.TextField(blank=True, default='')),
                ('phone_number', models.TextField(blank=True, default='')),
                ('address', models.TextField(blank=True, default='')),
                ('points_cents', models.BigIntegerField()),
                ('redemption_type', models.CharField(choices=[('cash', 'Cash'), ('gpay', 'Google Pay'), ('upi', 'UPI'), ('account', 'Bank account'), ('amazon_gift_card', 'Amazon gift card')], max_length=50)),
                ('status', models.CharField(choices=[('pending', 'To pay out'), ('completed', 'Paid out'), ('cancelled', 'Cancelled')], default='pending', max_length=20)),
                ('admin_notes', models.TextField(blank=True, default='')),
                ('payout_reference', models.CharField(blank=True, default='', max_length=200)),
                ('processed_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('processed_by_user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('redemption_transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cashback.cashbacktransaction')),
                ('refund_transaction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cashback.cashbacktransaction')),
                ('payment_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cashback.userpaymentmethod')),
            ],
            options={
                'db_table': 'cashback_redemption',
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(fields=['tenant', '-created_at', '-id'], name='redemptions_newest_first'), models.Index(fields=['user', '-created_at', '-id'], name='redemptions_of_a_person'), models.Index(condition=models.Q(('status', 'pending')), fields=['tenant', 'created_at', 'id'], name='redemptions_to_pay')],
                'constraints': [models.CheckConstraint(condition=models.Q(('points_cents__gt', 0)), name='redemption_points_are_positive'), models.CheckConstraint(condition=models.Q(models.Q(('processed_at__isnull', True), ('refund_transaction__isnull', True), ('status', 'pending')), models.Q(('processed_at__isnull', False), ('refund_transaction__isnull', True), ('status', 'completed'), models.Q(('payout_reference', ''), _negated=True)), models.Q(('processed_at__isnull', False), ('refund_transaction__isnull', False), ('status', 'cancelled')), _connector='OR'), name='redemption_has_what_its_status_says'), models.CheckConstraint(condition=models.Q(models.Q(('account_name', ''), ('account_name__startswith', 'gAAAA'), _connector='OR'), models.Q(('account_number', ''), ('account_number__startswith', 'gAAAA'), _connector='OR'), models.Q(('ifsc_code', ''), ('ifsc_code__startswith', 'gAAAA'), _connector='OR'), models.Q(('bank_name', ''), ('bank_name__startswith', 'gAAAA'), _connector='OR'), models.Q(('upi_id', ''), ('upi_id__startswith', 'gAAAA'), _connector='OR'), models.Q(('gpay_id', ''), ('gpay_id__startswith', 'gAAAA'), _connector='OR'), models.Q(('phone_number', ''), ('phone_number__startswith', 'gAAAA'), _connector='OR'), models.Q(('address', ''), ('address__startswith', 'gAAAA'), _connector='OR')), name='redemption_details_are_sealed')],
            },
        ),
    ]

    operations.append(RefuseToLose(__name__, operations))
