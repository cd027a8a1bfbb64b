"""One row of every table that has a page, for one business: what the admin's tests look at."""

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from knox.models import AuthToken

from accounts.ids import new_id
from accounts.models import Tenant
from billing import services
from billing.models import Allocation, Customer, PaymentAuditLog, RouteOpeningDue, RouteReconciliation
from cashback.models import CashbackAccount, PayoutRead
from cashback.services import reveal_redemption, set_loan_cashback, set_tracker_cashback
from operations.models import BackfillChange, BackfillFinding, BackfillRun, BackupRecord, BooksCheck
from operations.services import begin_maintenance, end_maintenance
from routes.models import Round
from subscriptions.models import BilledPeriod, DataCapAlert, RejectedUsage
from tests import make

OUR_APPS = {"accounts", "operations", "routes", "billing", "subscriptions", "cashback", "knox"}
MODELS = sorted(
    (model for model in admin.site._registry if model._meta.app_label in OUR_APPS), key=lambda model: model._meta.label
)
WITH_HISTORY = [model for model in MODELS if hasattr(model._meta, "simple_history_manager_attribute")]


def page(model: type[Model], name: str, *arguments: Any) -> str:
    """The address of a model's page: `page(Payment, "changelist")`."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=arguments)


def a_business(slug: str = "distro") -> dict[type[Model], Model]:
    """Make a business with one row in every table that has a page."""
    tenant = make.tenant(slug)
    rep, finance = make.user(of=tenant), make.user("FINANCE", of=tenant)
    customer = make.customer(of=tenant, opening_balance_cents=700)
    route = make.route("PENDING", rep=rep, of=tenant)
    sale = make.sale(5000, to=customer, route=route)
    route = make.bring(route, to="IN_PROGRESS")
    payment = make.payment(2000, sale=sale, actor=rep)
    came_back, *_ = services.record_return(actor=rep, sale=sale, amount_cents=500, reason="broken")
    settled = make.route("RECONCILED", rep=rep, of=tenant)
    rows = [
        tenant,
        rep,
        customer,
        route,
        sale,
        payment,
        *papers(customer),
        *upkeep(tenant),
        *dairy(customer),
        *internet(customer),
        *cashback(tenant),
        a_bulk_operation(customer),
        AuthToken.objects.create(rep)[0],
    ]
    rows += [
        Round.objects.create(tenant=tenant, name="North", usual_rep=rep),
        Allocation.objects.filter(payment=payment).first(),
        came_back,
        a_refund(tenant),
        PaymentAuditLog.objects.filter(payment=payment).first(),
        make.gateway_event(of=tenant),
        RouteReconciliation.objects.get(route=settled),
        RouteOpeningDue.objects.get(route=route),
        finance,
    ]
    return {type(row): row for row in reversed(rows)}


def a_refund(tenant: Tenant) -> Model:
    """Part of a payment of somebody else went back."""
    paid = make.payment(100, by=make.customer(of=tenant))
    return services.refund_payment(actor=None, payment=paid, amount_cents=40, reason="paid twice", now=make.NOW)


def papers(customer: Customer) -> list[Model]:
    """An invoice and a credit."""
    credit = services.grant_credit(actor=None, customer=customer, amount_cents=100, reason="goodwill")
    return [make.invoice(900, to=customer), credit]


def a_bulk_operation(customer: Customer) -> Model:
    """An invoice that was deleted together with no other."""
    wrong = make.invoice(300, to=customer)
    return services.delete_invoices(actor=None, invoices=[wrong], reason="wrong", now=make.NOW)


def dairy(customer: Customer) -> list[Model]:
    """A product, a standing order for it, an order and a delivery."""
    standing = make.standing_order(of=customer)
    order = make.daily_order(of=customer, product=standing.product)
    return [standing.product, standing, order, make.delivery(of=customer)]


def internet(customer: Customer) -> list[Model]:
    """A plan on a line, a warning, a settled period and a record that was rejected."""
    subscription = make.a_plan_subscription(customer, start_date=date(2025, 12, 1))
    of = {"tenant": customer.tenant, "subscription": subscription, "period_start": date(2025, 12, 1), "cap_bytes": 100}
    settled = {"period_end": date(2025, 12, 31), "status": "NO_CHARGE", "currency": "BDT", "measured_at": make.NOW}
    rejected = {"batch_id": new_id(), "position": 1, "content": "x", "code": "malformed", "message": "No number."}
    return [
        subscription.plan,
        subscription.subscriber,
        subscription,
        DataCapAlert.objects.create(**of, threshold_percent=80, usage_bytes=85),
        BilledPeriod.objects.create(**of, **settled, usage_bytes=85),
        RejectedUsage.objects.create(tenant=customer.tenant, **rejected),
    ]


def cashback(tenant: Tenant) -> list[Model]:
    """A loan and a tracker with what was paid, who earns on them, points, and a redemption whose details somebody read."""
    person = make.user("CUSTOMER", of=tenant)
    loan, tracker = make.loan(to=person), make.tracker(owner=person)
    rule = {"actor": None, "user": person, "cashback_type": "fixed", "points_cents": 500}
    granted = make.points(person, 10_000)
    redemption = make.redemption(6_000, by=person)
    reveal_redemption(actor=make.user("ADMIN", of=tenant), redemption=redemption, now=make.NOW)
    return [
        loan,
        make.loan_payment(on=loan),
        tracker,
        make.tracker_entry(on=tracker),
        set_loan_cashback(loan=loan, **rule),
        set_tracker_cashback(tracker=tracker, **rule),
        granted,
        CashbackAccount.objects.get(user=person),
        redemption,
        PayoutRead.objects.get(redemption=redemption),
    ]


def upkeep(tenant: Tenant) -> list[Model]:
    """A run with a change and a finding, a check of the books and a backup."""
    frozen = begin_maintenance(actor=None, tenant=tenant, reason="a fix", now=make.NOW)
    run = BackfillRun.objects.create(
        tenant=tenant, backfill=f"links_of_{tenant.slug}", status="SUCCEEDED", counts={"written": 1}
    )
    backup = {
        "database": "default",
        "file_name": "a.dump",
        "checksum": "0" * 64,
        "created_at": make.NOW + timedelta(hours=1),
    }
    return [
        run,
        BackfillChange.objects.create(run=run, table="payments", operation="update", row_id="1", before={}, after={}),
        BackfillFinding.objects.create(
            run=run,
            tenant=tenant,
            backfill=run.backfill,
            kind="route_unclear",
            table="payments",
            row_id="1",
            needs_decision=True,
        ),
        BooksCheck.objects.create(tenant=tenant, started_at=make.NOW, duration_seconds=0.1, all_hold=True),
        BackupRecord.objects.create(**backup),
        end_maintenance(actor=None, tenant=frozen.tenant, now=make.NOW + timedelta(hours=1)),
    ]
