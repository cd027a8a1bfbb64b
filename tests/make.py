"""Builders: every row of a test is made by the services, so that no test stands on a state that the product cannot reach.

`make.tenant()`, `make.user("FINANCE")`, `make.customer()`, `make.sale(…)`, `make.route(…)`, `make.payment(…)`: each takes what
the test is about and makes up the rest. States that only the old system left behind are built by `tests/legacy.py`.
"""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Role, Tenant, User
from accounts.services import create_tenant, create_user
from billing import services as billing
from billing.models import Credit, Customer, GatewayEvent, Invoice, Payment, RouteReconciliation, Sale
from billing.selectors.route_money import cash_on
from cashback import services as cashback
from cashback.models import (
    CashbackRedemption,
    CashbackTransaction,
    DailyTracker,
    Loan,
    LoanPayment,
    TrackerEntry,
    UserPaymentMethod,
)
from routes import services as routes
from routes.models import Route
from subscriptions import services as subscriptions
from subscriptions.models import (
    DailyOrder,
    Delivery,
    InternetPlan,
    PlanSubscription,
    Product,
    StandingOrder,
    Subscriber,
)

NOW = datetime(2026, 1, 13, 9, 0, tzinfo=UTC)
TODAY = NOW.date()

_numbers = itertools.count(1)


def later(**time: float) -> datetime:
    """A moment after NOW: `later(hours=3)`."""
    return NOW + timedelta(**time)


def tenant(slug: str | None = None, *, currency: str = "BDT", **fields: Any) -> Tenant:
    """A business; without a slug the one that all rows of a test share by default."""
    slug = slug or "distro"
    return Tenant.objects.filter(slug=slug).first() or create_tenant(
        actor=None, slug=slug, name=slug.title(), currency=currency, **fields
    )


def user(role: str = Role.SALES_REP, *, of: Tenant | None = None, name: str | None = None, **fields: Any) -> User:
    """A new person of this role."""
    number = next(_numbers)
    name = name or f"{role.replace('_', ' ').title()} {number}"
    return create_user(
        actor=None, email=f"person{number}@example.com", name=name, role=role, tenant=of or tenant(), **fields
    )


def superuser() -> User:
    """A person above all tenants."""
    return User.objects.create_superuser(f"owner{next(_numbers)}@example.com", "not-used", name="Owner")


def customer(*, of: Tenant | None = None, **fields: Any) -> Customer:
    """A new customer who owes nothing."""
    fields.setdefault("name", f"Shop {next(_numbers)}")
    return billing.create_customer(actor=None, tenant=of or tenant(), **fields)


def route(
    status: str = "IN_PROGRESS", *, rep: User | None = None, of: Tenant | None = None, on: date = TODAY, **fields: Any
) -> Route:
    """A route that came as far as `status` (PENDING, IN_PROGRESS, COMPLETED, RECONCILED), with nothing on it."""
    tenant_of = of or (rep.tenant if rep else tenant())
    planned = routes.plan_route(
        actor=None, tenant=tenant_of, assigned_to=rep or user(of=tenant_of), route_date=on, **fields
    )
    return bring(planned, to=status)


def bring(planned: Route, *, to: str, cash_cents: int | None = None, now: datetime = NOW) -> Route:
    """Take a route from where it is to a later status; reconciled with exactly the recorded cash unless said otherwise."""
    current = Route.objects.get(pk=planned.pk)
    if to == current.status or to == "PENDING":
        return current
    if current.status == "PENDING":
        current = billing.start_route(actor=None, route=current, now=now)
    if to != "IN_PROGRESS" and current.status == "IN_PROGRESS":
        current = billing.complete_route(actor=None, route=current, now=now)
    if to == "RECONCILED":
        settle(current, cash_cents=cash_cents, now=now)
    return Route.objects.get(pk=planned.pk)


def settle(
    completed: Route, *, cash_cents: int | None = None, now: datetime = NOW, by: User | None = None, **fields: Any
) -> RouteReconciliation:
    """Reconcile a completed route; a difference is left open with a reason."""
    return billing.reconcile_route(
        actor=by or user(Role.FINANCE, of=completed.tenant),
        route=completed,
        cash_handed_over_cents=cash_on(completed) if cash_cents is None else cash_cents,
        now=now,
        disposition=fields.pop("disposition", "OPEN"),
        disposition_reason=fields.pop("disposition_reason", "counted twice"),
        **fields,
    )


def sale(total_cents: int = 5000, *, to: Customer | None = None, route: Route | None = None, **fields: Any) -> Sale:
    """A new sale, to a new customer unless said to whom."""
    buyer = to or customer(of=route.tenant if route else None)
    if "lines" not in fields:
        fields["total_cents"] = total_cents
    fields.setdefault("sold_at", NOW)
    return billing.create_sale(actor=fields.pop("actor", None), customer=buyer, route=route, **fields)


def line(quantity: Any = 1, unit_price_cents: int = 5000, **fields: Any) -> dict[str, Any]:
    """A line for `sale(lines=[…])`."""
    return {"description": "Milk", "quantity": quantity, "unit_price_cents": unit_price_cents, **fields}


def payment(
    amount_cents: int = 1000, *, sale: Sale | None = None, by: Customer | None = None, **fields: Any
) -> Payment:
    """A new cash payment for a sale, or by a customer for none; received at NOW."""
    payer = by or (sale.customer if sale else customer())
    fields.setdefault("currency", payer.tenant.currency)
    fields.setdefault("channel", Payment.Channel.CASH)
    fields.setdefault("received_at", NOW)
    fields.setdefault("now", fields["received_at"])
    return billing.record_payment(
        actor=fields.pop("actor", None), customer=payer, amount_cents=amount_cents, sale=sale, **fields
    )


def credit(cents: int = 500, *, to: Customer | None = None, **fields: Any) -> Credit:
    """Goodwill for a customer."""
    fields.setdefault("reason", "late delivery")
    return billing.grant_credit(
        actor=fields.pop("actor", None), customer=to or customer(), amount_cents=cents, **fields
    )


def gateway_event(
    kind: str = "SUCCEEDED", *, of: Tenant | None = None, event_id: str | None = None, **fields: Any
) -> GatewayEvent:
    """A call of the payment gateway, each with an id of its own, about TX-1 over 10.00 unless said otherwise."""
    said_by = of or tenant()
    said = {"external_reference": "TX-1", "amount_cents": 1000, "currency": said_by.currency, "now": NOW, **fields}
    return billing.receive_gateway_event(
        tenant=said_by, event_id=event_id or f"event-{next(_numbers)}", kind=kind, **said
    )


def draft(
    total_cents: int = 5000, *, to: Customer | None = None, of: Tenant | None = None, lines: Any = None, **fields: Any
) -> Invoice:
    """A draft invoice over `total_cents`, or for these sales or lines, to a new customer unless said to whom."""
    if lines is None:
        lines = [{"description": "Membership", "unit_price_cents": total_cents}]
    fields.setdefault("source", Invoice.Source.OTHER)
    return billing.draft_invoice(actor=fields.pop("actor", None), customer=to or customer(of=of), lines=lines, **fields)


def issue(drafted: Invoice, *, now: datetime = NOW, **fields: Any) -> Invoice:
    """Issue a draft at NOW."""
    return billing.issue_invoice(actor=fields.pop("actor", None), invoice=drafted, now=now, **fields)


def invoice(total_cents: int = 5000, *, now: datetime = NOW, **fields: Any) -> Invoice:
    """An issued invoice, drafted as by `draft`; due in 14 days."""
    issuing = {name: fields.pop(name) for name in ("issued_at", "due_at", "due_in_days") if name in fields}
    return issue(draft(total_cents, **fields), now=now, actor=fields.get("actor"), **issuing)


def product(
    unit_price_cents: int = 7000, *, of: Tenant | None = None, code: str | None = None, **fields: Any
) -> Product:
    """A new product of 70.00 a litre, tax of 5 % included, with this price since the beginning of 2026."""
    said = {"name": "Milk", "unit": "litre", "tax_rate_bps": 500, "valid_from": date(2026, 1, 1), **fields}
    code = code or f"P-{next(_numbers)}"
    return subscriptions.create_product(
        actor=None, tenant=of or tenant(), code=code, unit_price_cents=unit_price_cents, **said
    )


def standing_order(quantities: Any = 2, *, of: Customer | None = None, **fields: Any) -> StandingOrder:
    """A standing order of two litres a day since the beginning of 2026, by a new customer unless said otherwise."""
    wanted = fields.pop("product", None)
    who = of or customer(of=wanted.tenant if wanted else None)
    fields = {"actor": None, "starts_on": date(2026, 1, 1), **fields}
    return subscriptions.start_standing_order(
        customer=who, product=wanted or product(of=who.tenant), quantities=quantities, **fields
    )


def daily_order(quantity: Any = 2, *, of: Customer | None = None, day: date = TODAY, **fields: Any) -> DailyOrder:
    """An order for one day alone: two litres TODAY, by a new customer for a new product unless said otherwise."""
    wanted = fields.pop("product", None)
    who = of or customer(of=wanted.tenant if wanted else None)
    return subscriptions.order_for_a_day(
        actor=None, customer=who, product=wanted or product(of=who.tenant), day=day, quantity=quantity, **fields
    )


def delivery(quantity: Any = 2, *, order: DailyOrder | None = None, day: date = TODAY, **fields: Any) -> Delivery:
    """A delivery of two litres TODAY that confirms a new order (its customer: `of`), unless said otherwise."""
    confirming = {name: fields.pop(name) for name in ("actor", "note", "delivered_by", "id") if name in fields}
    confirming = {"actor": None, "now": max(NOW, datetime(day.year, day.month, day.day, 12, tzinfo=UTC)), **confirming}
    order = order or daily_order(quantity, day=day, **fields)
    return subscriptions.confirm_delivery(order=order, quantity=quantity, **confirming)


def a_plan(of: Tenant | None = None, **fields: Any) -> InternetPlan:
    """An internet plan on sale: 100 Mbps, 30.00 a month, 100 GB, then 0.50 a GB; unlimited with `data_cap_amount=None`."""
    said = {"name": "Fibre 100", "status": "ACTIVE", "download_kbps": 100_000, "upload_kbps": 20_000, **fields}
    said = {"monthly_price_cents": 3000, "overage_price_cents": 50, "data_cap_amount": 100, **said}
    said.setdefault("data_cap_unit", "" if said["data_cap_amount"] is None else "GB")
    said.setdefault("code", f"PLAN-{next(_numbers)}")
    return subscriptions.create_plan(actor=said.pop("actor", None), tenant=of or tenant(), **said)


def a_subscriber(of: Customer | None = None, **fields: Any) -> Subscriber:
    """A fibre line in use since the beginning of 2026, of a new customer unless said whose."""
    owner = of or customer()
    said = {"username": f"line{next(_numbers)}", "activated_at": datetime(2026, 1, 1, tzinfo=UTC), **fields}
    actor = said.pop("actor", None)
    return subscriptions.create_subscriber(actor=actor, tenant=owner.tenant, customer_id=owner.pk, **said)


def a_plan_subscription(
    of: Customer | None = None,
    *,
    plan: InternetPlan | None = None,
    subscriber: Subscriber | None = None,
    start_date: date = date(2026, 1, 1),
    **fields: Any,
) -> PlanSubscription:
    """A plan on a line since the beginning of 2026: a new plan, a new line and a new customer unless said otherwise."""
    if subscriber is not None and subscriber.customer is not None:
        of = of or subscriber.customer
    owner = of or customer(of=plan.tenant if plan else None)
    line = subscriber or a_subscriber(owner)
    plan = plan or a_plan(owner.tenant)
    return subscriptions.create_plan_subscription(
        actor=fields.pop("actor", None), tenant=owner.tenant, plan_id=plan.pk, customer_id=owner.pk, subscriber_id=line.pk,
        start_date=start_date, **fields,
    )  # fmt: skip


def points(to: User, cents: int = 10_000, *, now: datetime = NOW) -> CashbackTransaction:
    """A hundred points granted to this person unless said how many cents of them."""
    rows = cashback.grant_points(actor=None, tenant=to.tenant, rows=[(to, cents)], reason="welcome", now=now)
    return rows[0]


def tracker(*, owner: User | None = None, of: Tenant | None = None, **fields: Any) -> DailyTracker:
    """A tracker of a new customer, open: 100 days of which today is the day 10, at 500.00 a day."""
    owner = owner or user(Role.CUSTOMER, of=of)
    said: dict[str, Any] = {
        "tracker_name": f"Tracker {next(_numbers)}",
        "tracker_type": "50K",
        "start_date": TODAY - timedelta(days=10),
    }
    said |= {"investment_cents": 5_000_000, "scheme_period_days": 100, "per_day_payment_cents": 50_000, "now": NOW}
    return cashback.open_tracker(tenant=owner.tenant, user=owner, **{"actor": None, **said, **fields})


def tracker_entry(
    payment_cents: int = 50_000, *, on: DailyTracker | None = None, day: int = 0, approve: bool = False, **fields: Any
) -> TrackerEntry:
    """A day of a tracker (a new one unless said which) that an administrator entered: it waits, or is approved."""
    on = on or tracker()
    said = {"actor": None, "now": NOW, **fields}
    said["actor"] = said["actor"] or user(Role.ADMIN, of=on.tenant)
    entry = cashback.submit_entry(tracker=on, day=day, payment_cents=payment_cents, **said)
    return cashback.approve_entry(actor=None, entry=entry, now=NOW) if approve else entry


PAID_OUT_TO = {
    "cash": {"phone_number": "+919800000001"},
    "gpay": {"gpay_id": "asha.rao@okbank"},
    "upi": {"upi_id": "asha.rao@okbank"},
    "account": {
        "account_name": "Asha Rao",
        "account_number": "501002345678",
        "ifsc_code": "HDFC0001234",
        "bank_name": "HDFC Bank",
    },
    "amazon_gift_card": {},
}


def payment_method(
    kind: str = "upi", *, of: User | None = None, details: dict[str, str] | None = None, **fields: Any
) -> UserPaymentMethod:
    """A way in which a new customer is paid out: by UPI unless said otherwise."""
    owner = of or user(Role.CUSTOMER)
    given = PAID_OUT_TO[kind] if details is None else details
    return cashback.add_payment_method(
        actor=owner, payment_type=kind, details=given, now=fields.pop("now", NOW), **fields
    )


def redemption(cents: int = 6_000, *, by: User | None = None, kind: str = "upi", **fields: Any) -> CashbackRedemption:
    """A request for 60 points by UPI, of a customer who has 100 unless said who asks."""
    if by is None:
        by = user(Role.CUSTOMER)
        points(by, max(cents, 10_000))
    if not {"payment_method", "details"} & fields.keys():
        fields["details"] = PAID_OUT_TO[kind]
    return cashback.request_redemption(
        actor=by, points_cents=cents, redemption_type=kind, now=fields.pop("now", NOW), **fields
    )


def loan(principal_cents: int = 3_600_000, *, to: User | None = None, of: Tenant | None = None, **fields: Any) -> Loan:
    """36,000.00 at 10 % over 360 days, so 10.00 a day, lent to a new customer 30 days before TODAY, unless said otherwise."""
    borrower = to or user(Role.CUSTOMER, of=of)
    said = {"actor": None, "loan_name": "Shop loan", "interest_rate": Decimal("0.10"), "now": NOW, **fields}
    said.setdefault("started_on", said["now"].date() - timedelta(days=30))
    return cashback.open_loan(tenant=borrower.tenant, customer=borrower, principal_cents=principal_cents, **said)


def loan_payment(
    amount_cents: int = 100_000, *, on: Loan | None = None, verify: bool = False, **fields: Any
) -> LoanPayment:
    """1,000.00 paid TODAY on a loan (a new one unless said which), by a new person of the office: it waits, or was verified
    by another with the cashback of the loan's configurations."""
    on = on or loan()
    said = {"now": NOW, "actor": None, **fields}
    said.setdefault("payment_date", said["now"].date())
    said["actor"] = said["actor"] or user(Role.FINANCE, of=on.tenant)
    payment = cashback.record_loan_payment(loan=on, amount_cents=amount_cents, **said)
    if not verify:
        return payment
    another = user(Role.FINANCE, of=on.tenant)
    return cashback.verify_loan_payment(actor=another, payment=payment, now=said["now"])
