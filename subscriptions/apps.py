"""The subscriptions app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Standing orders and plans."""

    name = "subscriptions"
    verbose_name = "Subscriptions"

    def ready(self) -> None:
        """Let an invoice that is recovered ask whether its deliveries are still what it bills; put deliveries on accounts."""
        from billing.selectors.account_events import ACCOUNT_SOURCES, AccountSource
        from billing.services.invoice_lines import CLAIM_CHECKS
        from subscriptions.models import DELIVERY
        from subscriptions.selectors.account_deliveries import deliveries_of, unbilled_cents
        from subscriptions.services.deliveries import check_deliveries_unchanged

        ACCOUNT_SOURCES[DELIVERY] = AccountSource(deliveries_of, unbilled_cents)
        CLAIM_CHECKS[DELIVERY] = check_deliveries_unchanged
