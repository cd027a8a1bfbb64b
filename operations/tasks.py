"""Jobs of the upkeep floor that the scheduler starts. Each is one call; its command twin does the same by hand."""

import socket

from celery import shared_task
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

from accounts.models import Tenant
from operations import services


@shared_task(name="operations.check_books")
def check_books() -> None:
    """Check the books of the whole; when they are broken, also tenant by tenant, for each one's own Health page."""
    now = timezone.now()
    if services.check_books(using=DEFAULT_DB_ALIAS, tenant=None, now=now).all_hold:
        return
    for tenant in Tenant.objects.order_by("slug"):
        services.check_books(using=DEFAULT_DB_ALIAS, tenant=tenant, now=now)


@shared_task(name="operations.say_alive")
def say_alive() -> None:
    """Write down that the worker on this host took a job just now."""
    services.say_alive(name=socket.gethostname(), now=timezone.now())
