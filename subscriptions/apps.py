"""The subscriptions app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Standing orders and plans."""

    name = "subscriptions"
    verbose_name = "Subscriptions"

    def ready(self) -> None:
        """Let an invoice that is recovered ask whether its deliveries are still what it bills."""
        from billing.services.invoice_lines import CLAIM_CHECKS
        from subscriptions.models import DELIVERY
        from subscriptions.services.deliveries import check_deliveries_unchanged

        CLAIM_CHECKS[DELIVERY] = check_deliveries_unchanged
