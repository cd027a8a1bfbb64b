"""The cashback app."""

from django.apps import AppConfig


class CashbackConfig(AppConfig):
    """Cashback points of borrowers."""

    name = "cashback"
    verbose_name = "Cashback"
