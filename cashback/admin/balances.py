"""Balances: how many points everybody has, or owes; and one account with the rows that make its balance.

A list reads the running totals alone, never the ledger, so it opens as fast with five million rows as with none.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import Card, Figure, Link, State, StoryLine, page_of
from cashback.admin.ledger_words import story_lines
from cashback.admin.points import PointsAdmin, points, signed
from cashback.models import CashbackAccount, CashbackTransaction, SystemAccount
from cashback.selectors.balances import summary_of

PEOPLE, HOUSE, DEBTS = "people", "house", "debts"
CAME = [("earned", "earned"), ("granted", "granted"), ("received", "received"), ("given_back", "given back")]
WENT = [("sent", "sent"), ("redeemed", "redeemed"), ("removed", "removed"), ("taken_back", "taken back")]
HOUSE_SAYS = {
    SystemAccount.ISSUANCE: "Every point begins here: below zero by what was issued and not taken back.",
    SystemAccount.REDEMPTION_CLEARING: "What was redeemed: paid out, or waiting for it.",
    SystemAccount.ADJUSTMENT: "What administrators removed from people.",
}


class Whose(admin.SimpleListFilter):
    """People's accounts, unless those of the house are asked for. Choices cost no query."""

    title, parameter_name = "whose", "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(DEBTS, "People with a debt"), (HOUSE, "The house")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == HOUSE:
            return queryset.filter(user__isnull=True)
        people = queryset.filter(user__isnull=False)
        return people.filter(debt_cents__gt=0) if self.value() == DEBTS else people


@admin.register(CashbackAccount)
class CashbackAccountAdmin(PointsAdmin):
    """Accounts of points: running totals over the ledger."""

    list_before_template = "cashback/balances_before.html"
    list_display = ["owner", "email", "balance", "debt", "state"]
    list_filter = [Whose]
    list_select_related = ["user"]
    search_fields = ["user__email__exact", "user__name__startswith", "id__exact"]
    search_help_text = "A whole e-mail address, or how a name begins (capitals matter)."
    empty_says = "An account opens with a person's first points: earned on a verified payment, or granted."

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        ways = [("Grant or remove points", reverse("admin:cashback-grants"), True)]
        may = request.user.has_perm("cashback.grant_points")
        more = {"totals": totals(self.listed(request)), "ways": ways if may else []}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def listed(self, request: HttpRequest) -> QuerySet:
        """The accounts of the businesses that the list is about."""
        chosen = request.GET.get("tenant__id__exact") if request.user.is_superuser else None
        rows = self.get_queryset(request).order_by()
        return rows.filter(tenant__id=chosen) if chosen else rows

    def card(self, request: HttpRequest, row: CashbackAccount) -> Card:
        return person_card(row) if row.user_id is not None else house_card(row)

    def happenings(self, request: HttpRequest, row: CashbackAccount) -> Iterable[StoryLine]:
        return story_lines(rows_of(row), row.user or row.kind)

    @display(description="Who")
    def owner(self, row: CashbackAccount) -> str:
        return str(row)

    @display(description="E-mail")
    def email(self, row: CashbackAccount) -> str:
        return row.user.email if row.user else "–"

    @display(description="Balance")
    def balance(self, row: CashbackAccount) -> str:
        return points(row.balance_cents)

    @display(description="Debt")
    def debt(self, row: CashbackAccount) -> str:
        return points(row.debt_cents)

    @display(description="State")
    def state(self, row: CashbackAccount) -> State:
        return account_state(row)


def account_state(row: CashbackAccount) -> State:
    """Whether somebody has points, or owes some."""
    if row.user is None:
        return State("The house", "info")
    if not row.user.is_active:
        return State("Not active", "danger")
    return State("Owes points", "warning") if row.debt_cents else State("In order", "success")


def rows_of(row: CashbackAccount) -> QuerySet[CashbackTransaction]:
    """The rows of the ledger that make the balance of an account."""
    rows = CashbackTransaction.objects.filter(tenant=row.tenant_id)
    if row.user_id is not None:
        return rows.of_person(row.user_id)
    return rows.filter(Q(from_account=row.kind) | Q(to_account=row.kind))


def all_rows(row: CashbackAccount) -> str:
    """The list of all rows of an account."""
    asked = f"of={row.user_id}" if row.user_id else f"house={row.kind}"
    return f"{reverse('admin:cashback_cashbacktransaction_changelist')}?{asked}"


def house_card(row: CashbackAccount) -> Card:
    """An account of the house, with what went in and out."""
    sums = rows_of(row).aggregate(
        came=Sum("points_cents", filter=Q(to_account=row.kind), default=0),
        went=Sum("points_cents", filter=Q(from_account=row.kind), default=0),
    )
    figures = [
        Figure("Came in", points(sums["came"])),
        Figure("went out", points(sums["went"]), sign="−"),
        Figure("balance", points(row.balance_cents), sign="="),
    ]
    spelled = f"{signed(sums['came'])} − {signed(sums['went'])} = {signed(row.balance_cents)} points"
    return Card(
        what=f"{row}. {HOUSE_SAYS[SystemAccount(row.kind)]}",
        state=account_state(row),
        figures=figures,
        sum_shown=spelled,
        links=[Link("", "All its rows", all_rows(row))],
    )


def person_card(row: CashbackAccount) -> Card:
    """Somebody's account, with everything that came in and went out."""
    person, sums = row.user, summary_of(row.user)
    come = [(sums[f"{name}_cents"], words) for name, words in CAME]
    gone = [(sums[f"{name}_cents"], words) for name, words in WENT]
    shown = [Figure("earned", points(sums["earned_cents"]), "on loans and trackers")]
    shown += [Figure(words, points(cents), sign="+") for cents, words in come[1:] if cents]
    shown += [Figure(words, points(cents), sign="−") for cents, words in gone if cents]
    spelled = "".join(f" + {signed(cents)} {words}" for cents, words in come if cents)
    spelled += "".join(f" − {signed(cents)} {words}" for cents, words in gone if cents)
    return Card(
        what=f"{person}, {person.get_role_display().lower()}, {person.email}.",
        state=account_state(row),
        figures=[*shown, *what_is_left(row)],
        sum_shown=f"{spelled.removeprefix(' + ') or '0.00'} = {signed(row.net_cents)} points",
        warning=owes(row),
        links=links_of(row, sums),
    )


def what_is_left(row: CashbackAccount) -> list[Figure]:
    """The balance, or the debt."""
    if row.debt_cents:
        return [Figure("owes", points(row.debt_cents), "the next points repay it", sign="= −")]
    return [Figure("has", points(row.balance_cents), sign="=")]


def owes(row: CashbackAccount) -> str:
    """What a debt means."""
    if not row.debt_cents:
        return ""
    return (
        f"{row.user} owes {signed(row.debt_cents)} points: what was taken back had been spent before. The next points that "
        "come in repay it."
    )


def links_of(row: CashbackAccount, sums: dict[str, int]) -> list[Link]:
    """What the account hangs together with."""
    redemptions = f"{reverse('admin:cashback_cashbackredemption_changelist')}?user__id__exact={row.user_id}"
    waiting = f"{sums['pending_redemptions']} waiting, {signed(sums['pending_redemption_cents'])} points"
    loans = f"{reverse('admin:cashback_loan_changelist')}?customer__id__exact={row.user_id}"
    return [
        Link("Person", str(row.user), page_of(row.user)),
        Link("Redemptions", waiting if sums["pending_redemptions"] else "none waiting", redemptions),
        Link("", "Loans", loans),
        Link("", "All rows of the ledger", all_rows(row)),
    ]


def totals(accounts: QuerySet) -> list[dict[str, Any]]:
    """Each business with what its people have and owe, and the house's accounts: together they are zero."""
    grouped = accounts.values("tenant__name", "kind").annotate(balance=Sum("balance_cents"), debt=Sum("debt_cents"))
    found: dict[str, dict[str, Any]] = {}
    for each in grouped.order_by("tenant__name", "kind"):
        of = found.setdefault(each["tenant__name"], {"business": each["tenant__name"], "house": {}})
        if each["kind"]:
            of["house"][each["kind"]] = each["balance"]
        else:
            of |= {"balance": each["balance"], "debt": each["debt"]}
    return [_spelled(of) for of in found.values()]


def _spelled(of: dict[str, Any]) -> dict[str, Any]:
    """The totals of one business, with their sum spelled out."""
    balance, debt, house = of.get("balance", 0), of.get("debt", 0), of["house"]
    issued, paid, removed = (house.get(kind.value, 0) for kind in SystemAccount)
    parts = [
        (balance, "people have"),
        (-debt, "people owe"),
        (paid, "redeemed"),
        (removed, "removed"),
        (issued, "issued"),
    ]
    spelled = " ".join(f"{'−' if cents < 0 else '+'} {signed(abs(cents))} {words}" for cents, words in parts if cents)
    figures = [
        Figure("People have", points(balance)),
        Figure("people owe", points(debt), sign="−"),
        Figure("redeemed", points(paid), sign="+"),
        Figure("removed", points(removed), sign="+"),
        Figure("issued", points(-issued), sign="="),
    ]
    zero = signed(sum(cents for cents, _ in parts))
    return {"business": of["business"], "figures": figures, "sum": f"{spelled.removeprefix('+ ')} = {zero}"}
