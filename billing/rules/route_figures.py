"""What one route was expected to bring in, and what it did.

Route N-7 goes out with sales over 50.00 and an older debt of 10.00; goods for 5.00 come back. 30.00 are recorded as cash, 12.00
by bank transfer; at the reconciliation 33.00 in cash are handed over.

* expected: 50.00 - 5.00 + 10.00 = 55.00. The return is in there; it is not subtracted again.
* collected from payments: 30.00 + 12.00 = 42.00.
* collected from the reconciliation: what the cash exceeds its records, 33.00 - 30.00 = 3.00. When somebody records the missing
  3.00 later, the payments grow by 3.00 and this shrinks by 3.00: adding a payment never lowers the total.
* outstanding: 55.00 - 45.00 = 10.00.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

from billing.money import as_units


@dataclass(slots=True)
class Figures:
    """Sums of one or more routes, in cents of one currency."""

    sales_net_cents: int = 0
    opening_dues_cents: int = 0
    returns_cents: int = 0
    payments_cents: int = 0
    cash_payments_cents: int = 0
    collected_by_others_cents: int = 0
    from_reconciliations_cents: int = 0
    prepaid_cents: int = 0
    payments_counted: int = 0
    payments_via_fallback: int = 0

    def add(self, other: Self) -> None:
        """Add another route's figures to these."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def hand_over(self, cash_cents: int) -> None:
        """Count the cash handed over for this route: only what its recorded cash does not cover.

        >>> route = Figures(payments_cents=4200, cash_payments_cents=3000)
        >>> route.hand_over(3300)
        >>> route.from_reconciliations_cents, route.collected_cents
        (300, 4500)
        """
        self.from_reconciliations_cents = max(0, cash_cents - self.cash_payments_cents)

    @property
    def expected_cents(self) -> int:
        """Net sales and older debt that the route was sent to collect."""
        return self.sales_net_cents + self.opening_dues_cents

    @property
    def collected_cents(self) -> int:
        """Recorded payments and the cash beyond them."""
        return self.payments_cents + self.from_reconciliations_cents

    def as_dict(self, currency: str) -> dict[str, Any]:
        """The figures under the names of the contract, and those that explain them; units are those of their currency."""
        return {
            "expected_cents": self.expected_cents,
            "sales_net_cents": self.sales_net_cents,
            "opening_dues_cents": self.opening_dues_cents,
            "total_collected_from_payments_cents": self.payments_cents,
            "total_collected_from_payments": as_units(self.payments_cents, currency),
            "collected_from_reconciliations_cents": self.from_reconciliations_cents,
            "total_collected_cents": self.collected_cents,
            "collected_cash_cents": self.cash_payments_cents + self.from_reconciliations_cents,
            "collected_by_others_cents": self.collected_by_others_cents,
            "returns_cents": self.returns_cents,
            "prepaid_cents": self.prepaid_cents,
            "current_outstanding_cents": self.expected_cents - self.collected_cents,
            "payments_counted": self.payments_counted,
            "payments_via_fallback": self.payments_via_fallback,
        }
