"""Money that came in and does not pay for anything yet: a work list, the oldest first, with what can be done beside each."""

from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from accounts.admin import StaffPage, linked, page_of, staff_page, when
from accounts.admin.acting import address_of
from billing.admin.applying import AllocatePayment
from billing.admin.money import money
from billing.admin.payment_actions import RefundPayment
from billing.admin.period import business
from billing.models import Payment
from billing.selectors.unapplied import age_in_days, unapplied_payments

LISTED = 200
OLD_DAYS = 30


@staff_page("unapplied/", name="unapplied")
class UnappliedPage(StaffPage):
    """Payments with something left on them."""

    title = "Unapplied money"
    explains = (
        "Payments that came in and are not used up. Apply what is left to what the customer owes, or give it back. A payment "
        "leaves this list as soon as nothing is left on it."
    )
    permission_required = "billing.view_payment"
    template_name = "billing/unapplied.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        rows = unapplied_payments(self.request.user, tenant=business(self.request))
        sums = rows.order_by().values_list("currency").annotate(cents=Sum("credit_cents"))
        found = list(rows.order_by("received_at", "id")[: LISTED + 1])
        return {
            **super().get_context_data(**kwargs),
            "rows": [self.row(payment, now) for payment in found[:LISTED]],
            "is_cut": len(found) > LISTED,
            "listed": LISTED,
            "totals": [money(cents, currency) for currency, cents in sums],
            "payments": reverse("admin:billing_payment_changelist"),
        }

    def row(self, payment: Any, now: datetime) -> dict[str, Any]:
        """One payment, with the ways on that this person may take."""
        ways = [
            (action.label, address_of(action, payment), action.means)
            for action in (AllocatePayment, RefundPayment)
            if self.request.user.has_perm(action.permission_required)
        ]
        days = age_in_days(payment, as_of=now)
        return {
            "payment": payment,
            "customer": linked(payment.customer),
            "received": when(payment.received_at),
            "href": page_of(payment),
            "channel": Payment.Channel(payment.channel).label,
            "amount": money(payment.amount_cents, payment.currency),
            "left": money(payment.credit_cents, payment.currency),
            "days": days,
            "is_old": days > OLD_DAYS,
            "ways": ways,
        }
