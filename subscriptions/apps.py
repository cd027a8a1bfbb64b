"""The subscriptions app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Standing orders and plans."""

    name = "subscriptions"
    verbose_name = "Subscriptions"
