"""The page of what every customer owes now, in two ways."""

from typing import Any

from django.core import signing
from django.urls import reverse

from accounts.admin import staff_page
from accounts.words import counted
from billing.admin.money import grouped, money
from billing.rules import invoice_status as rule
from subscriptions.admin.report_page import Figure, Head, Question, ReportPage, Table
from subscriptions.selectors import report_files as files
from subscriptions.selectors.account_figures import Scope
from subscriptions.selectors.outstanding import (
    NEGATIVE,
    SELECTIONS,
    SORTS,
    VERY_LARGE,
    WAYS_DIFFER,
    Wanted,
    iterate_outstanding,
    outstanding_rows,
    outstanding_totals,
)

PAGE_SIZE = 50
SORTED_BY = {
    "name": "Name",
    "number": "Number",
    "-outstanding": "Who owes most",
    "-overdue": "Who is latest",
    "net": "Who has most credit",
}
ANOMALIES_IN_WORDS = {
    NEGATIVE: "less than nothing",
    VERY_LARGE: "very large",
    WAYS_DIFFER: "the two ways differ",
}
LATE = {
    rule.CURRENT: "Not due",
    "DAYS_1_30": "1 to 30 days",
    "DAYS_31_60": "31 to 60 days",
    "DAYS_61_90": "61 to 90 days",
    rule.OLDEST: "Over 90 days",
}


@staff_page("dairy/outstanding/", name="report-outstanding")
class OutstandingPage(ReportPage):
    """What every customer owes now."""

    title = "Outstanding"
    file_name, columns = "outstanding", files.OUTSTANDING
    explains = (
        "What each customer owes now: what is left of the opening balance, of invoices, and of deliveries and sales that no "
        "invoice asks for yet. Credit stands beside it. The same is computed from everything that was ever owed and paid; where "
        "the two differ, the row says so."
    )

    def fields(self) -> list[Question]:
        wanted = self.wanted()
        return [
            Question("selection", "Who", wanted.selection, choices=list(SELECTIONS.items())),
            Question("sort", "Order", wanted.sort, choices=list(SORTED_BY.items())),
            self.round_fields()[0],
        ]

    def wanted(self) -> Wanted:
        """Which customers the address asks for."""
        selection, sort = self.asked("selection"), self.asked("sort")
        return Wanted(
            selection=selection if selection in SELECTIONS else "with_balance",
            sort=sort if sort.removeprefix("-") in SORTS else "-outstanding",
            round_id=self.round_id(),
        )

    @property
    def scope(self) -> Scope:
        """The business, now."""
        return Scope(self.tenant, self.now)

    def rows(self) -> Any:
        return iterate_outstanding(self.scope, self.wanted())

    def shown(self) -> dict[str, Any]:
        wanted, currency = self.wanted(), self.tenant.currency
        page = Wanted(wanted.selection, wanted.sort, wanted.round_id, after=self.after(), limit=PAGE_SIZE + 1)
        rows, totals = outstanding_rows(self.scope, page), outstanding_totals(self.scope, wanted)
        shown = {name: money(cents, currency) for name, cents in totals.items() if name.endswith("_cents")}
        return {
            "tiles": outstanding_tiles(totals, shown),
            "sum_heading": "The same in two ways",
            "sum_shown": two_ways(totals, currency),
            "tables": [ageing_table(totals, currency), self.customers(rows, totals, shown)],
        }

    def after(self) -> Any:
        """The row after which the page begins; the first page when the address was not made here."""
        try:
            return signing.loads(self.asked("cursor"), salt="outstanding-page") if self.asked("cursor") else None
        except (signing.BadSignature, ValueError):
            return None

    def customers(self, rows: list[dict[str, Any]], totals: dict[str, int], shown: dict[str, Any]) -> Table:
        """One row a customer."""
        heads = [
            Head("Customer"), Head("Round"), Head("Opening", True), Head("Invoices", True), Head("of it late", True),
            Head("Not invoiced", True), Head("Outstanding", True), Head("Credit", True), Head("Net", True), Head("To look at"),
        ]  # fmt: skip
        more = rows[:PAGE_SIZE]
        wanted = self.wanted()
        table = Table(
            "Customers",
            heads,
            [self.customer(row) for row in more],
            totals=("All of them", f"{totals['customers']:,}", shown["opening_left_cents"], shown["invoices_cents"],
                    shown["overdue_cents"], money(not_invoiced(totals), self.tenant.currency), shown["outstanding_cents"],
                    shown["credit_cents"], shown["net_cents"], ""),
            empty="Nobody. Choose another group above.",
        )  # fmt: skip
        if len(rows) > PAGE_SIZE:
            last = more[-1]
            value = last[wanted.key] if wanted.key in last else last[f"{wanted.key}_cents"]
            cursor = signing.dumps([value, str(last["customer_id"])], salt="outstanding-page")
            table.more, table.next = (
                f"{PAGE_SIZE} of {totals['customers']:,} customers are shown.",
                self.same(cursor=cursor),
            )
        return table

    def customer(self, row: dict[str, Any]) -> tuple[Any, ...]:
        """The figures of one customer; the name leads to the account."""
        currency = self.tenant.currency
        account = f"{reverse('admin:report-statement')}{self.of_customer(row)}"
        names = ("outstanding", "credit", "net")
        return (
            (row["name"], account, row["number"]),
            row["round_name"] or "on no round",
            *(money(row[f"{name}_cents"], currency) for name in ("opening_left", "invoices", "overdue")),
            money(not_invoiced(row), currency),
            *(money(row[f"{name}_cents"], currency) for name in names),
            ", ".join(ANOMALIES_IN_WORDS[name] for name in row["anomalies"]) or "-",
        )

    def of_customer(self, row: dict[str, Any]) -> str:
        """The end of the address of a customer's account."""
        tenant = f"&tenant={self.tenant.slug}" if self.request.user.is_superuser else ""
        return f"?customer={row['number']}&from=&to={tenant}"


def not_invoiced(row: dict[str, int]) -> int:
    """What no issued invoice asks for yet."""
    return row["deliveries_unbilled_cents"] + row["sales_open_cents"]


def outstanding_tiles(totals: dict[str, int], shown: dict[str, Any]) -> list[Figure]:
    """The figures that matter most."""
    count = totals["customers"]
    return [
        Figure("Outstanding", shown["outstanding_cents"], counted(count, "customers")),
        Figure("Late", shown["overdue_cents"], "invoices after their due date"),
        Figure("Credit", shown["credit_cents"], "paid or granted, not applied yet"),
        Figure("Net", shown["net_cents"], "outstanding less credit"),
    ]


def two_ways(totals: dict[str, int], currency: str) -> str:
    """Both ways as sums that a person can check."""
    cents = {
        name: grouped(totals[f"{name}_cents"], currency)
        for name in ("opening_left", "invoices", "credit", "net", "transactions")
    }
    apart = grouped(not_invoiced(totals), currency)
    documents = f"{cents['opening_left']} opening + {cents['invoices']} invoices + {apart} not invoiced"
    owed = ("opening", "deliveries", "sales", "invoiced_apart")
    paid = ("paid", "credited", "old_system")
    ever_owed = grouped(sum(totals[f"{name}_cents"] for name in owed), currency)
    ever_paid = grouped(sum(totals[f"{name}_cents"] for name in paid), currency)
    return (
        f"{documents} − {cents['credit']} credit = {cents['net']} {currency}; "
        f"{ever_owed} ever owed − {ever_paid} ever paid or granted = {cents['transactions']} {currency}"
    )


def ageing_table(totals: dict[str, int], currency: str) -> Table:
    """How late the invoices are."""
    rows = [(words, money(totals[f"{name.lower()}_cents"], currency)) for name, words in LATE.items()]
    heads = [Head("Late"), Head("Invoices", True)]
    return Table(
        "How late the invoices are", heads, rows, totals=("All invoices", money(totals["invoices_cents"], currency))
    )
