"""The books are right when every sentence here is true. `check_books`, the Health page and the tests prove them all."""

from billing.invariants.books import links_still_missing
from billing.invariants.invoices import invoice_series_have_no_gaps
from billing.invariants.money_in import gateway_calls_to_review

__all__ = ["gateway_calls_to_review", "invoice_series_have_no_gaps", "links_still_missing"]
