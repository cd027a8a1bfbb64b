"""Tables of the money floor."""

from billing.models.allocation import Allocation
from billing.models.bulk_operation import BulkOperation, BulkOperationItem
from billing.models.credit import Credit
from billing.models.customer import Customer
from billing.models.gateway_event import GatewayEvent
from billing.models.invoice import Invoice, InvoiceLine
from billing.models.opening_balance_correction import OpeningBalanceCorrection
from billing.models.payment import Payment
from billing.models.payment_audit import PaymentAuditLog
from billing.models.payment_refund import PaymentIntention, PaymentRefund
from billing.models.route_settlement import RouteOpeningDebt, RouteOpeningDue, RouteReconciliation
from billing.models.sale import Sale, SaleLine, SaleReturn

__all__ = [
    "Allocation",
    "BulkOperation",
    "BulkOperationItem",
    "Credit",
    "Customer",
    "GatewayEvent",
    "Invoice",
    "InvoiceLine",
    "OpeningBalanceCorrection",
    "Payment",
    "PaymentAuditLog",
    "PaymentIntention",
    "PaymentRefund",
    "RouteOpeningDebt",
    "RouteOpeningDue",
    "RouteReconciliation",
    "Sale",
    "SaleLine",
    "SaleReturn",
]
