"""The invoices of a period: one customer's, or those of many in batches, with an answer for each."""

from subscriptions.services.invoicing.one_customer import (
    NothingToBill,
    PeriodIsInvoiced,
    PeriodIsNotOver,
    invoice_period,
)
from subscriptions.services.invoicing.running import NoSuchOperation, run_invoicing
from subscriptions.services.invoicing.starting import SomeAreInvoiced, start_invoicing

__all__ = [
    "NoSuchOperation",
    "NothingToBill",
    "PeriodIsInvoiced",
    "PeriodIsNotOver",
    "SomeAreInvoiced",
    "invoice_period",
    "run_invoicing",
    "start_invoicing",
]
