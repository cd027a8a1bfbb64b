"""The admin's pages about money."""

from billing.admin import (
    accountability,
    allocated,
    applying,
    credits,
    customers,
    finance,
    invoice_actions,
    invoices,
    payment_actions,
    payments,
    route_actions,
    routes,
    sale_actions,
    sales,
)

__all__ = [
    "accountability",
    "allocated",
    "applying",
    "credits",
    "customers",
    "finance",
    "invoice_actions",
    "invoices",
    "payment_actions",
    "payments",
    "route_actions",
    "routes",
    "sale_actions",
    "sales",
]
