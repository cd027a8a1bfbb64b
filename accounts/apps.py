"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Tenants, users, tokens and the base of all history."""

    name = "accounts"
    verbose_name = "People"
