"""The operations app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OperationsConfig(AppConfig):
    """Backfills, checks of the books, backups and health."""

    name = "operations"
    verbose_name = "Upkeep"

    def ready(self) -> None:
        autodiscover_modules("backfills", "invariants", "demo")
