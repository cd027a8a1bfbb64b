"""The books of a small demo business, played event by event: sold, put on a truck, paid, brought back, cancelled.

Events of one row are played in time order. Each changes the rows as that business's staff would have seen them change, and keeps
the history image of that moment, so that totals, statuses and the newest images always agree, however odd the story.
Nothing is written until `write`: these are states of an old system, which the services of this one refuse.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.demo.ids import DemoIds
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Tenant, User
from billing.demo.goods import GOODS
from billing.models import Allocation, Customer, Payment, Sale, SaleLine, SaleReturn
from routes.models import Round, Route

RULE = "legacy"
WRITE_ORDER = (Customer, Sale, SaleLine, SaleReturn, Payment, Allocation)


class Books:
    """The rows of one business while its story is told."""

    def __init__(self, *, tenant: Tenant, new_id: DemoIds, chance: random.Random) -> None:
        self.tenant = tenant
        self.new_id = new_id
        self.chance = chance
        self.rows: dict[type, list[Any]] = defaultdict(list)
        self.images: list[Any] = []
        self.without_history: set[Any] = set()
        self.numbers: Counter[str] = Counter()
        self.last_event: dict[Any, datetime] = {}  # by row
        self.applied: dict[Any, list[Allocation]] = defaultdict(list)  # by payment, not reversed

    def customer(
        self, *, at: datetime, name: str, phone: str, standing: Round | None, opening_cents: int = 0
    ) -> Customer:
        """A shop becomes a customer, perhaps with a debt from the paper books."""
        number = f"SHOP-{len(self.rows[Customer]) + 1:04}"
        return self._new(
            Customer, at, number=number, name=name, phone=phone, round=standing, opening_balance_cents=opening_cents
        )

    def sell(
        self, customer: Customer, *, at: datetime, on_credit: bool = False, history: bool = True, lines: int = 3
    ) -> Sale:
        """Take an order: the goods are sold and on no truck yet."""
        goods = self.chance.sample(GOODS[self.tenant.slug], lines)
        ordered = [(item, self.chance.randint(1, item[3])) for item in goods]
        sale = Sale(
            number=self._next_number(f"INV-{at:%Y%m%d}"),
            customer=customer,
            sale_type=Sale.Type.CREDIT if on_credit else Sale.Type.CASH,
            status=Sale.Status.PENDING,
            currency=self.tenant.currency,
            total_cents=sum(item[2] * quantity for item, quantity in ordered),
            sold_at=at,
        )
        self._add(sale, at, history=history)
        for (code, description, price, _, tax), quantity in ordered:
            line = SaleLine(id=self.new_id(at), sale=sale, description=description, product_code=code)
            line.quantity, line.unit_price_cents = Decimal(quantity), price
            line.total_cents, line.tax_rate_bps = price * quantity, tax
            self.rows[SaleLine].append(line)
        return sale

    def was_on_credit(self, sale: Sale) -> None:
        """Tell the sale's story anew: it was on credit from the start."""
        for row in [sale, *(each for each in self.images if each.id == sale.pk)]:
            row.sale_type = Sale.Type.CREDIT

    def put_on(
        self, route: Route | None, sale: Sale, *, at: datetime, by: User | None = None, reason: str = ""
    ) -> None:
        """Put a sale on a truck, on another one, or (None) off the truck."""
        sale.route = route
        self._changed(sale, at, by=by, reason=reason)

    def pay(
        self,
        customer: Customer,
        *,
        at: datetime,
        cents: int,
        sale: Sale | None = None,
        history: bool = True,
        settles_opening: bool = False,
        **fields: Any,
    ) -> Payment:
        """Receive money and use it for the sale (or the opening balance) as far as that is still owed."""
        values = {"channel": Payment.Channel.CASH, "status": Payment.Status.SUCCEEDED, "reference": ""} | fields
        payment = Payment(
            customer=customer,
            sale=sale,
            amount_cents=cents,
            currency=self.tenant.currency,
            received_at=at,
            **values,
        )
        self._add(payment, at, history=history, remember=False)
        if payment.status == Payment.Status.SUCCEEDED and payment.verification_status in {"NOT_REQUIRED", "APPROVED"}:
            self._apply(payment, at, sale=sale, opening=customer if settles_opening else None)
        self._remember(payment, at, by=payment.collected_by)
        return payment

    def reverse(self, payment: Payment, *, at: datetime, reason: str, by: User | None = None) -> None:
        """Take a payment back: a bounced cheque, a wrong entry."""
        self._unapply(payment, at, reason)
        payment.status = Payment.Status.REVERSED
        self._changed(payment, at, by=by, reason=reason)

    def bring_back(self, sale: Sale, *, at: datetime, reason: str, by: User) -> None:
        """Take a third of the first goods back; what was paid beyond the rest becomes the customer's credit."""
        line = self.first_line(sale)
        quantity = max(int(line.quantity) // 3, 1)
        cents = quantity * line.unit_price_cents
        returned = SaleReturn(sale=sale, sale_line=line, amount_cents=cents, reason=reason, recorded_by=by)
        returned.quantity = Decimal(quantity)
        self._add_plain(returned, at)
        overpaid = cents > sale.balance_cents
        paying = self._paying(sale) if overpaid else []
        for payment in paying:
            self._unapply(payment, at, reason)
        sale.returned_cents += cents
        for payment in paying:
            self._apply(payment, at, sale=sale, reason=reason)
            self._changed(payment, at, by=by, reason=reason)
        if not paying:
            self._settle(sale, at, by=by, reason=reason)

    def first_line(self, sale: Sale) -> SaleLine:
        """The first goods of a sale."""
        return next(line for line in self.rows[SaleLine] if line.sale is sale)

    def cancel(self, sale: Sale, *, at: datetime, reason: str, by: User) -> None:
        """Cancel a sale: nothing is owed for it, and its payments become the customer's credit."""
        for payment in self._paying(sale):
            self._unapply(payment, at, reason)
            self._changed(payment, at, by=by, reason=reason)
        sale.status = Sale.Status.CANCELLED
        self._changed(sale, at, by=by, reason=reason)

    def write(self, *, using: str) -> None:
        """Write all rows and images of the story."""
        for model in WRITE_ORDER:
            insert(model, self.rows[model], using=using)
        insert_images(self.images, using=using)

    def _paying(self, sale: Sale) -> list[Payment]:
        return [payment for payment in self.rows[Payment] if payment.sale is sale and payment.allocated_cents]

    def _apply(
        self,
        payment: Payment,
        at: datetime,
        *,
        sale: Sale | None = None,
        opening: Customer | None = None,
        reason: str = "Paid in the old system",
    ) -> None:
        owed = sale.balance_cents if sale else 0
        if opening:
            owed = opening.opening_balance_cents - opening.opening_balance_allocated_cents
        cents = min(owed, payment.amount_cents - payment.allocated_cents)
        if cents <= 0:
            return
        allocation = Allocation(payment=payment, amount_cents=cents, rule=RULE, reason=reason)
        allocation.sale, allocation.opening_balance_customer = sale, opening
        allocation.created_by = payment.collected_by
        self._add_plain(allocation, at)
        self.applied[payment.pk].append(allocation)
        self._move(allocation, cents, at)

    def _unapply(self, payment: Payment, at: datetime, reason: str) -> None:
        for original in self.applied.pop(payment.pk, []):
            undo = Allocation(payment=payment, amount_cents=original.amount_cents, rule=RULE, reason=reason)
            undo.sale, undo.opening_balance_customer = original.sale, original.opening_balance_customer
            undo.reverses = original
            self._add_plain(undo, at)
            self._move(original, -original.amount_cents, at)

    def _move(self, allocation: Allocation, cents: int, at: datetime) -> None:
        allocation.payment.allocated_cents += cents
        if allocation.sale:
            allocation.sale.allocated_cents += cents
            self._settle(allocation.sale, at, by=allocation.created_by)
        else:
            allocation.opening_balance_customer.opening_balance_allocated_cents += cents
            self._changed(allocation.opening_balance_customer, at)

    def _settle(self, sale: Sale, at: datetime, *, by: User | None = None, reason: str = "") -> None:
        if sale.status != Sale.Status.CANCELLED:
            sale.status = Sale.Status.PENDING if sale.balance_cents else Sale.Status.COMPLETED
        self._changed(sale, at, by=by, reason=reason)

    def _next_number(self, prefix: str) -> str:
        self.numbers[prefix] += 1
        return f"{prefix}-{self.numbers[prefix]:03}"

    def _new(self, model: type, at: datetime, **fields: Any) -> Any:
        return self._add(model(**fields), at)

    def _add(self, row: Any, at: datetime, *, history: bool = True, remember: bool = True) -> Any:
        self._add_plain(row, at)
        if not history:
            self.without_history.add(row.pk)
        if remember:
            self._remember(row, at)
        return row

    def _add_plain(self, row: Any, at: datetime) -> None:
        row.id, row.tenant, row.created_at = self.new_id(at), self.tenant, at
        self.rows[type(row)].append(row)

    def _changed(self, row: Any, at: datetime, *, by: User | None = None, reason: str = "") -> None:
        self._remember(row, at, kind="~", by=by, reason=reason)

    def _remember(self, row: Any, at: datetime, *, kind: str = "+", by: User | None = None, reason: str = "") -> None:
        if at < self.last_event.get(row.pk, at):
            raise ValueError(f"{row}: its story goes back in time, from {self.last_event[row.pk]} to {at}.")
        self.last_event[row.pk] = at
        if row.pk not in self.without_history:
            self.images.append(image(row, at=at, kind=kind, by=by, reason=reason))


def routes_of(tenant: Tenant, *, using: str) -> Sequence[Route]:
    """The business's routes, oldest first."""
    return list(
        Route.objects.using(using).filter(tenant=tenant).order_by("route_date", "number").select_related("round")
    )
