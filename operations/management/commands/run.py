"""`run`: the admin, the API and a background worker on this machine, for development and the demo. Ctrl-C stops all."""

import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from operations.management.targets import require_database


class Command(BaseCommand):
    """Starts the web server and the worker as children, and ends both when one ends."""

    help = "Serve the admin and the API with a background worker, for development. Ctrl-C stops both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "address", nargs="?", default="127.0.0.1:8000", help="where to serve (default: 127.0.0.1:8000)"
        )

    def handle(self, *, address: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "`run` is for development (DEBUG=true). A live system runs `gunicorn config.wsgi` and "
                "`celery -A config worker` under its own supervisor: see docs/deployment.md.",
                returncode=2,
            )
        require_database("default")
        _make_broker_folders()
        self.stdout.write(
            f"Admin     http://{address}/admin/\nAPI docs  http://{address}/api/docs\nCtrl-C stops everything."
        )
        self.stdout.flush()
        _run_until_one_ends([_web(address), _worker()])


def _make_broker_folders() -> None:
    for name in ("data_folder_in", "control_folder"):
        folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get(name)
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)


def _web(address: str) -> list[str]:
    return [sys.executable, "manage.py", "runserver", "--noreload", address]


def _worker() -> list[str]:
    schedule = settings.VAR_DIR / "beat-schedule"
    return [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "--beat",
        "--schedule",
        str(schedule),
        "--concurrency",
        "1",
    ]


def _run_until_one_ends(commands: list[list[str]]) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a supervisor's stop ends the children too
    children = [subprocess.Popen(command, cwd=settings.BASE_DIR) for command in commands]
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.3)
    except KeyboardInterrupt:
        sys.stdout.write("Stopping.\n")
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=15)
