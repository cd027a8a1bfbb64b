"""What is done with money: each verb is one transaction, in one person's name."""

from billing.services.bulk_payments import check_payments, record_payments
from billing.services.counter_sales import sell_at_counter, walk_in_customer
from billing.services.credits import apply_credit, grant_credit, void_credit
from billing.services.customers import create_customer
from billing.services.gateway import receive_gateway_event, settle_gateway_event
from billing.services.invoice_corrections import issue_credit_note, write_off_invoice
from billing.services.invoice_deletion import delete_invoices
from billing.services.invoices import delete_invoice, draft_invoice, issue_invoice, recover_invoice, void_invoice
from billing.services.opening_balance import correct_opening_balance
from billing.services.payment_allocation import allocate_payment, reverse_allocation
from billing.services.payment_amount import change_payment_amount
from billing.services.payment_links import set_payment_route
from billing.services.payments import record_payment
from billing.services.proofs import read_proof
from billing.services.reconciliation import reconcile_route
from billing.services.refunds import refund_payment
from billing.services.returns import record_return
from billing.services.reversals import reverse_payment
from billing.services.rollback import rollback_allocations
from billing.services.route_life import complete_route, delete_route, reopen_route, start_route
from billing.services.sale_payments import pay_sale
from billing.services.sale_routes import (
    add_sale_to_route,
    add_sales_to_route,
    remove_sale_from_route,
    remove_sales_from_route,
)
from billing.services.sales import cancel_sale, create_sale
from billing.services.verification import approve_payment, reject_payment

__all__ = [
    "check_payments",
    "correct_opening_balance",
    "pay_sale",
    "record_payments",
    "rollback_allocations",
    "sell_at_counter",
    "walk_in_customer",
    "change_payment_amount",
    "read_proof",
    "receive_gateway_event",
    "refund_payment",
    "settle_gateway_event",
    "reverse_allocation",
    "allocate_payment",
    "void_invoice",
    "recover_invoice",
    "issue_invoice",
    "draft_invoice",
    "delete_invoice",
    "delete_invoices",
    "write_off_invoice",
    "issue_credit_note",
    "void_credit",
    "grant_credit",
    "apply_credit",
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
