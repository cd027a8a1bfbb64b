"""What is done with money: each verb is one transaction, in one person's name."""

from billing.services.customers import create_customer
from billing.services.payment_links import set_payment_route
from billing.services.payments import record_payment
from billing.services.reconciliation import reconcile_route
from billing.services.returns import record_return
from billing.services.reversals import reverse_payment
from billing.services.route_life import complete_route, delete_route, reopen_route, start_route
from billing.services.sale_routes import (
    add_sale_to_route,
    add_sales_to_route,
    remove_sale_from_route,
    remove_sales_from_route,
)
from billing.services.sales import cancel_sale, create_sale
from billing.services.verification import approve_payment, reject_payment

__all__ = [
    "add_sale_to_route",
    "add_sales_to_route",
    "approve_payment",
    "cancel_sale",
    "complete_route",
    "create_customer",
    "create_sale",
    "delete_route",
    "reconcile_route",
    "record_payment",
    "record_return",
    "reject_payment",
    "remove_sale_from_route",
    "remove_sales_from_route",
    "reopen_route",
    "reverse_payment",
    "set_payment_route",
    "start_route",
]
