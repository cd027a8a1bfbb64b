"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Sales, payments, allocations and accountability."""

    name = "billing"
    verbose_name = "Money"
