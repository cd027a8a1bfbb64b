"""The routes app."""

from django.apps import AppConfig


class RoutesConfig(AppConfig):
    """Standing rounds and the dated trips on them."""

    name = "routes"
    verbose_name = "Rounds"
