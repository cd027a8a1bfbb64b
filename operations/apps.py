"""The operations app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class OperationsConfig(AppConfig):
    """Backfills, checks of the books, backups and health."""

    name = "operations"
    verbose_name = "Upkeep"

    def ready(self) -> None:
        from operations import checks  # noqa: F401 - registers the system checks
        from operations.append_only import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="operations.append_only")
        autodiscover_modules("backfills", "invariants", "demo")
