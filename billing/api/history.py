"""The histories of what this floor owns."""

from accounts.api.history import HistoryDoor
from accounts.roles import OFFICE, STAFF
from billing.models import Invoice, Payment, Sale
from routes.models import Route


class PaymentHistory(HistoryDoor):
    """Who changed a payment."""

    readers = STAFF
    model = Payment


class SaleHistory(HistoryDoor):
    """Who changed a sale, or moved it to another route."""

    readers = STAFF
    model = Sale


class RouteHistory(HistoryDoor):
    """Who moved a route on; also of a deleted one."""

    readers = STAFF
    model = Route


class InvoiceHistory(HistoryDoor):
    """Who changed an invoice; also of a deleted one, for it can be recovered."""

    readers = OFFICE
    model = Invoice
