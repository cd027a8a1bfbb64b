"""The payments of a round, typed in at once: every customer with what they owe, an amount beside each who paid.

All rows are checked before any is written; what is wrong stands beside its row, and nothing that was typed is lost. The page has
a key, so that sending it again writes only what is missing. A long round has several pages, each entered by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime

from accounts.admin import page_of, staff_page
from accounts.errors import DomainError
from accounts.ids import new_id
from accounts.statuses import status_of
from billing.admin.money import grouped, money
from billing.admin.taking import CHANNELS, MODES, TAKE, moment_of
from billing.models import Customer
from billing.money import as_units, digits_after_unit
from billing.rules.allocation_mode import MANUAL, OPENING_FIRST
from billing.services import record_payments
from billing.services.bulk_payments import RowsRefused
from subscriptions.admin.day_page import RoundPage
from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import Wanted, outstanding_rows

LISTED = 200
ORDERS = [(mode, words) for mode, words in MODES if mode != MANUAL]
NO_ROUND = "Choose a round: its customers are listed with what they owe."
NOTHING_TYPED = "No amount is typed yet. Type what came beside each customer who paid."
NO_AMOUNT = "“{}” is no amount. Write it in units of currency, such as {}."


@dataclass(frozen=True, slots=True)
class Line:
    """A customer of the round, with what was typed beside them and what is wrong with it."""

    key: str
    name: str
    number: str
    href: str
    owes: Any
    credit: Any
    unbilled: Any
    amount: str = ""
    channel: str = ""
    reference: str = ""
    error: str = ""


@staff_page("dairy/round-payments/", name="round-payments")
class RoundPaymentsPage(RoundPage):
    """Everything that came in on a round."""

    title = "Payments of a round"
    permission_required = TAKE
    template_name = "subscriptions/round_payments.html"
    explains = (
        "Type what each customer paid; leave the others empty. All rows are checked first. While one is wrong nothing is "
        "written, and everything stays as you typed it."
    )
    refusal = ""
    typed: Mapping[str, str] = {}
    wrong: Mapping[str, str] = {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.customers()
        here = Paginator(found, LISTED).get_page(self.request.GET.get("page"))
        return {
            **super().get_context_data(**kwargs),
            "lines": list(self.lines(here.object_list)),
            "here": here,
            "pages": [(self.address("round-payments", page=number), number) for number in here.paginator.page_range],
            "channels": CHANNELS,
            "orders": ORDERS,
            "mode": self.typed.get("mode", OPENING_FIRST),
            "channel": self.typed.get("channel", CHANNELS[0][0]),
            "received_on": self.typed.get("received_on", str(self.today)),
            "opened_at": self.typed.get("opened_at", self.now.replace(microsecond=0).isoformat()),
            "key": self.typed.get("key", f"admin-{new_id()}"),
            "last_day": str(self.today),
            "refusal": self.refusal,
            "rounds_page": reverse("admin:routes_round_changelist"),
        }

    def customers(self) -> list[dict[str, Any]]:
        """The customers of the round with what they owe, by name; none until a round is chosen."""
        if self.round is None:
            return []
        wanted = Wanted(round_id=self.round.pk, sort="name")
        return outstanding_rows(Scope(self.tenant, self.now), wanted)

    def lines(self, rows: list[dict[str, Any]]) -> Iterator[Line]:
        """Every customer with what was typed."""
        currency = self.tenant.currency
        for row in rows:
            key = str(row["customer_id"])
            yield Line(
                key=key,
                name=row["name"],
                number=row["number"],
                href=reverse("admin:billing_customer_change", args=[key]),
                owes=money(row["outstanding_cents"], currency),
                credit=said(row["credit_cents"], "credit", currency),
                unbilled=said(row["deliveries_unbilled_cents"], "of it not invoiced yet", currency),
                amount=self.typed.get(f"amount-{key}", ""),
                channel=self.typed.get(f"channel-{key}", ""),
                reference=self.typed.get(f"reference-{key}", ""),
                error=self.wrong.get(key, ""),
            )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write all rows, or say beside each what is wrong."""
        self.typed = request.POST
        rows = self.rows()
        if self.wrong or self.refusal:
            return self.shown_again(422)
        try:
            asked = {"actor": request.user, "tenant": self.tenant, "now": self.now}
            operation = record_payments(rows=rows, **asked)
        except RowsRefused as error:
            places = {f"rows[{place}]": str(row["customer"].pk) for place, row in enumerate(rows, start=1)}
            self.wrong = {places[name]: " ".join(said) for name, said in (error.fields or {}).items() if name in places}
            self.refusal = (
                f"{len(self.wrong)} of {len(rows)} rows are wrong, so nothing was written. Correct them below."
            )
            return self.shown_again(status_of(error))
        except DomainError as error:
            self.refusal = error.message
            return self.shown_again(status_of(error))
        return HttpResponseRedirect(page_of(operation))

    def rows(self) -> list[dict[str, Any]]:
        """What was typed, for the service; what cannot be read is noted beside its row."""
        amounts = {
            name.removeprefix("amount-"): text.strip()
            for name, text in self.typed.items()
            if name.startswith("amount-") and text.strip()
        }
        known = {str(row["customer_id"]) for row in self.customers()}
        found = {
            str(row.pk): row for row in Customer.objects.of_tenant(self.tenant).filter(pk__in=amounts.keys() & known)
        }
        received_at = self.received_at()
        wrong, rows, currency = {}, [], self.tenant.currency
        for key, text in amounts.items():
            cents = cents_of(text, currency)
            if cents is None:
                wrong[key] = NO_AMOUNT.format(text, as_units(12345, currency))
            elif customer := found.get(key):
                rows.append(self.row(customer, cents, received_at))
        self.wrong = wrong
        if wrong:
            self.refusal = f"{len(wrong)} of {len(amounts)} rows are wrong, so nothing was written. Correct them below."
        elif not rows:
            self.refusal = self.refusal or (NOTHING_TYPED if self.round else NO_ROUND)
        return rows

    def row(self, customer: Customer, cents: int, received_at: Any) -> dict[str, Any]:
        """One payment."""
        key = str(customer.pk)
        return {
            "key": f"{self.typed.get('key', '')}:{key}",
            "customer": customer,
            "amount_cents": cents,
            "channel": self.typed.get(f"channel-{key}") or self.typed.get("channel", ""),
            "reference": self.typed.get(f"reference-{key}", "").strip()[:100],
            "received_at": received_at,
            "mode": self.typed.get("mode", OPENING_FIRST),
        }

    def received_at(self) -> Any:
        """When the money came: the same for every sending of the page."""
        try:
            received_on = parse_date(self.typed.get("received_on", ""))
            opened_at = parse_datetime(self.typed.get("opened_at", ""))
        except ValueError:
            received_on = opened_at = None
        if received_on is None or opened_at is None or opened_at.tzinfo is None:
            self.refusal = "The day must be written as year-month-day, such as 2026-01-31."
            return None
        return moment_of(received_on, opened_at=opened_at, tenant=self.tenant)

    def shown_again(self, status: int) -> HttpResponse:
        """The page with all that was typed."""
        return self.render_to_response(self.get_context_data(), status=status)


def said(cents: int, words: str, currency: str) -> str:
    """An amount with its words; nothing where there is none."""
    return f"{grouped(cents, currency)} {words}" if cents else ""


def cents_of(text: str, currency: str = "") -> int | None:
    """An amount as it was typed, in minor units; none where it is no amount.

    >>> cents_of("1,234.50"), cents_of("5"), cents_of("1.005"), cents_of("ten"), cents_of("-3")
    (123450, 500, None, None, None)
    >>> cents_of("1,234", "JPY"), cents_of("1.5", "JPY"), cents_of("1.005", "KWD")
    (1234, None, 1005)
    """
    try:
        cents = Decimal(text.replace(",", "").replace(" ", "")).scaleb(digits_after_unit(currency))
    except InvalidOperation:
        return None
    is_amount = cents.is_finite() and 0 < cents < 10**15 and cents == cents.to_integral_value()
    return int(cents) if is_amount else None
