"""The admin's pages about money."""

from billing.admin import (
    accountability,
    allocated,
    customers,
    documents,
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
    "customers",
    "documents",
    "payment_actions",
    "payments",
    "route_actions",
    "routes",
    "sale_actions",
    "sales",
]
