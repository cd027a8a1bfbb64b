"""The subscriptions app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Standing orders and plans."""

    name = "subscriptions"
    verbose_name = "Subscriptions"

    def ready(self) -> None:
        """Let an invoice that is recovered ask whether what it bills is still the same; put deliveries on accounts."""
        from billing.selectors.account_events import ACCOUNT_SOURCES, AccountSource
        from billing.services.invoice_lines import CLAIM_CHECKS
        from subscriptions.models import BILLED_PERIOD, DELIVERY, PERIOD_ADJUSTMENT
        from subscriptions.selectors.account_deliveries import deliveries_of, unbilled_cents
        from subscriptions.services.deliveries import check_deliveries_unchanged
        from subscriptions.services.usage_billing.claims import check_adjustments_unchanged, check_periods_unchanged

        ACCOUNT_SOURCES[DELIVERY] = AccountSource(deliveries_of, unbilled_cents)
        CLAIM_CHECKS[DELIVERY] = check_deliveries_unchanged
        CLAIM_CHECKS[BILLED_PERIOD] = check_periods_unchanged
        CLAIM_CHECKS[PERIOD_ADJUSTMENT] = check_adjustments_unchanged
