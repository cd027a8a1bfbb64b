"""The books are right when every sentence here is true. `check_books`, the Health page and the tests prove them all."""

from billing.invariants.books import links_still_missing
from billing.invariants.invoices import invoice_series_have_no_gaps

__all__ = ["invoice_series_have_no_gaps", "links_still_missing"]
