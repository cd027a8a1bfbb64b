"""The work list of redemptions that wait to be paid out: paid under a reference, or cancelled."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from accounts.admin import linked, staff_page, when
from accounts.admin.acting import address_of
from billing.admin.money import money
from cashback.admin.people import person_link
from cashback.admin.points import points
from cashback.admin.redemption_actions import CancelRedemption, CompleteRedemption, RevealRedemption
from cashback.admin.redemptions import LABELS
from cashback.admin.states import redemption_state
from cashback.admin.work_list import WHY, Case, Side, Way, WorkList
from cashback.models import CashbackAccount, CashbackRedemption
from cashback.rules.points import worth_in_minor_units
from cashback.services.payout_details import masked


@staff_page("cashback/to-pay/", name="cashback-to-pay")
class ToPayPage(WorkList):
    """Redemptions that wait to be paid out."""

    title = "Redemptions to pay"
    permission_required = "cashback.view_cashbackredemption"
    everything = "cashback_cashbackredemption_changelist"
    explains = (
        "Pay each one out, then write down its reference here. The points left the account when the person asked; a cancelled "
        "redemption gives them back. Where to pay is shown in full on request, and each such look is kept."
    )
    empty_heading = "Nobody waits for a payout"
    empty_says = "A redemption appears here when somebody asks for their points to be paid out."

    def waiting(self) -> QuerySet[Any]:
        rows = CashbackRedemption.objects.for_user(self.request.user).filter(tenant=self.tenant).pending()
        return rows.select_related("user", "tenant").order_by("created_at", "id")

    def cases(self, rows: list[Any]) -> Iterator[Case]:
        people = [row.user_id for row in rows]
        accounts = {row.user_id: row for row in CashbackAccount.objects.filter(tenant=self.tenant, user__in=people)}
        for row in rows:
            is_own = row.user_id == self.request.user.pk
            yield Case(
                key=str(row.pk),
                title=linked(row, f"{row.user}, {row.get_redemption_type_display()}"),
                state=redemption_state(row),
                sides=[self.asked(row), self.paid_to(row), self.account(row, accounts.get(row.user_id))],
                ways=[] if is_own else self.ways(row),
                links=self.links(row),
                note="These are your own points: another administrator pays them out." if is_own else "",
            )

    def asked(self, row: CashbackRedemption) -> Side:
        """What was asked for."""
        currency = self.tenant.currency
        to_pay = money(worth_in_minor_units(row.points_cents, currency), currency)
        facts = [("Points", points(row.points_cents)), ("To pay", to_pay), ("Asked on", when(row.created_at))]
        return Side("Asked for", facts)

    def paid_to(self, row: CashbackRedemption) -> Side:
        """Where it is paid to, masked."""
        facts = [("By", row.get_redemption_type_display())]
        return Side("Paid to, masked", [*facts, *((LABELS[name], text) for name, text in masked(row).items())])

    def account(self, row: CashbackRedemption, account: CashbackAccount | None) -> Side:
        """What the person still has."""
        facts = [("Who", person_link(row.user)), ("E-mail", row.user.email)]
        if account is not None:
            facts.append(("Still has", points(account.balance_cents)))
            facts += [("Owes", points(account.debt_cents))] if account.debt_cents else []
        return Side("The person", facts)

    def ways(self, row: CashbackRedemption) -> list[Way]:
        """Paid, or cancelled."""
        paid = self.way(CompleteRedemption, row, "Paid out", asks="payout_reference", says="Payout reference")
        return [*paid, *self.way(CancelRedemption, row, "Cancel", **WHY)]

    def links(self, row: CashbackRedemption) -> list[Way]:
        """Where to pay, in full."""
        if not self.may(RevealRedemption, row):
            return []
        href = address_of(RevealRedemption, row)
        return [Way("reveal", "Show where to pay, in full…", href, RevealRedemption.means)]
