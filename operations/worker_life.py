"""What a background worker says of itself while it runs: a sign of life every minute, and a goodbye when it is stopped.

Every worker speaks for itself, from a thread of its own. A job would not do: the queue hands it to one worker of all, and a
worker that is busy with a long backfill would seem dead. Celery starts and stops this with the worker (`config.celery`).
"""

import logging
import threading
from datetime import timedelta
from typing import Any

from celery.bootsteps import StartStopStep
from django.db import DatabaseError, connections
from django.utils import timezone

from operations import services

log = logging.getLogger("roundsman.worker")

EVERY = timedelta(minutes=1)
PATIENCE_SECONDS = 5


class SignsOfLife:
    """Signs under the worker's name until it is stopped. A database that is away for a while costs a sign, not the worker."""

    def __init__(self, name: str, *, every: timedelta = EVERY) -> None:
        self._name, self._every = name, every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._live, name="signs-of-life", daemon=True)

    def start(self) -> None:
        """Sign now, and again and again."""
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye: a worker that was stopped in order is not dead."""
        self._stopped.set()
        self._thread.join(PATIENCE_SECONDS)

    def _live(self) -> None:
        self._write(services.say_alive, now=timezone.now())
        while not self._stopped.wait(self._every.total_seconds()):
            self._write(services.say_alive, now=timezone.now())
        self._write(services.say_goodbye)

    def _write(self, sign: Any, **when: Any) -> None:
        try:
            sign(name=self._name, **when)
        except DatabaseError as error:
            log.warning("sign_of_life_failed", extra={"worker": self._name, "error": type(error).__name__})
        finally:
            connections.close_all()  # this thread's own: none is kept idle for a minute


class LifeStep(StartStopStep):
    """Lets a Celery worker sign from when it can work until it is stopped."""

    requires = ("celery.worker.components:Pool",)  # started before: its processes are forked without this thread

    def create(self, worker: Any) -> SignsOfLife:
        """Sign under the name that the worker has in the whole cluster, such as celery@host."""
        return SignsOfLife(worker.hostname)
