"""Tables of the money floor."""

from billing.models.allocation import Allocation
from billing.models.customer import Customer
from billing.models.document import Credit, Invoice
from billing.models.payment import Payment
from billing.models.route_settlement import RouteOpeningDebt, RouteOpeningDue, RouteReconciliation
from billing.models.sale import Sale, SaleLine, SaleReturn

__all__ = [
    "Allocation",
    "Credit",
    "Customer",
    "Invoice",
    "Payment",
    "RouteOpeningDebt",
    "RouteOpeningDue",
    "RouteReconciliation",
    "Sale",
    "SaleLine",
    "SaleReturn",
]
