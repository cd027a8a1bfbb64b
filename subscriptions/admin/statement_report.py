"""The page of one customer's account over a period, to read and to print."""

from typing import Any

from django.db.models import Q

from accounts.admin import staff_page
from billing.admin.money import grouped, money
from billing.models import Customer
from billing.selectors.statement import GROUPED_BY, statement_of
from subscriptions.admin.report_page import Figure, Head, Question, ReportPage, Table, in_days
from subscriptions.printing.statement import notice, printed_statement
from subscriptions.selectors import report_files as files


@staff_page("dairy/statement/", name="report-statement")
class StatementPage(ReportPage):
    """One customer's account."""

    title = "Customer statement"
    file_name, columns, is_printed = "statement", files.STATEMENT, True
    explains = (
        "A customer's account: each delivery on its day, sales, returns, payments, refunds and credits. An invoice stands there "
        "for information, because its deliveries and sales are counted themselves. Closing is the opening of the next period."
    )

    def fields(self) -> list[Question]:
        grouping = [("none", "every delivery"), ("month", "by product and month")]
        return [
            Question("customer", "Customer number", self.asked("customer"), kind="text", hint="C-1"),
            *self.day_fields(),
            Question("by", "Deliveries", self.by, choices=grouping),
        ]

    @property
    def by(self) -> str:
        """How deliveries are told."""
        return self.asked("by") if self.asked("by") in GROUPED_BY else "none"

    def customer(self) -> Customer | None:
        """The customer whose number is asked for."""
        customers = Customer.objects.of_tenant(self.tenant).select_related("tenant")
        return customers.filter(Q(number=self.asked("customer"))).first() if self.asked("customer") else None

    def statement(self) -> dict[str, Any]:
        """The account. *Raises* ValueError."""
        first, last = self.days()
        customer = self.customer()
        if customer is None:
            raise ValueError
        return {**statement_of(customer, first=first, last=last, by=self.by), "customer": customer}

    def rows(self) -> Any:
        return files.statement_rows(self.statement())

    def pdf(self) -> bytes:
        statement = self.statement()
        return printed_statement(statement, statement["customer"], now=self.now)

    def files(self) -> list[tuple[str, str]]:
        return super().files() if self.customer() else []

    def shown(self) -> dict[str, Any]:
        first, last = self.days()
        customer = self.customer()
        if customer is None:
            number = self.asked("customer")
            self.error = f"There is no customer {number}. Look the number up under Customers." if number else ""
            return {"heading": "" if number else "Give a customer's number, or come here from Outstanding."}
        statement = statement_of(customer, first=first, last=last, by=self.by)
        currency = statement["currency"]
        figures = [statement[f"{name}_cents"] for name in ("opening", "charged", "paid", "closing")]
        opening, charged, paid, closing = (grouped(cents, currency) for cents in figures)
        heads = [
            Head("Day"),
            Head("What"),
            Head("Quantity", True),
            Head("Owed", True),
            Head("Paid", True),
            Head("Balance", True),
        ]
        return {
            "heading": f"{customer}, {in_days(first, last)}",
            "tiles": [
                Figure("Opening", money(figures[0], currency)),
                Figure("Owed in these days", money(figures[1], currency)),
                Figure("Paid in these days", money(figures[2], currency)),
                Figure("Closing", money(figures[3], currency), notice(figures[3], currency)),
            ],
            "sum_heading": "It adds up",
            "sum_shown": f"{opening} + {charged} − {paid} = {closing} {currency}",
            "tables": [Table("The account", heads, [account_row(line, currency) for line in statement["lines"]])],
        }


def account_row(line: dict[str, Any], currency: str) -> tuple[Any, ...]:
    """One event."""
    informs = f"over {grouped(line['informs_cents'])} {currency}" if line["informs_cents"] is not None else ""
    return (
        f"{line['day']:%-d %b %Y}",
        (line["text"], "", informs),
        "" if line["quantity"] is None else f"{line['quantity'].normalize():f}",
        money(line["charged_cents"], currency),
        money(line["paid_cents"], currency),
        money(line["balance_cents"], currency),
    )
