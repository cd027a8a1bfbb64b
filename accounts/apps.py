"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Tenants, users, tokens and the base of all history."""

    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from simple_history.signals import pre_create_historical_record

        from accounts.history import stamp

        pre_create_historical_record.connect(stamp, dispatch_uid="accounts.history.stamp")
