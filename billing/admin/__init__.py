"""The admin's pages about money."""

from billing.admin import accountability, allocated, customers, documents, payments, routes, sales

__all__ = ["accountability", "allocated", "customers", "documents", "payments", "routes", "sales"]
