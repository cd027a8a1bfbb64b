"""Imported once by the process from which tests fork others (`tests.processes`): Django, warm, connected to nothing."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import psycopg  # noqa: E402, F401
from django.core.checks import run_checks  # noqa: E402
from django.core.management import get_commands, load_command_class  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402

run_checks()  # reads the addresses, the admin and every model once
MigrationLoader(None)
for name in ("backfill_payment_route_id", "backfill_runs", "load_demo"):
    load_command_class(get_commands()[name], name)
gc.freeze()  # no child's garbage collection walks over all this again, nor copies its pages by doing so
