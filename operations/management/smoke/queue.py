"""Does a background worker take jobs? One is sent through the queue, and its answer comes back through the queue."""

import time
from uuid import uuid4

from amqp.exceptions import AMQPError
from celery import current_app
from django.conf import settings
from kombu import Exchange, Queue
from kombu.exceptions import KombuError

from operations.health import workers
from operations.management.smoke.found import FAILED, OK, SKIPPED, USING, Asked, Found
from operations.tasks import answer_smoke_test

NEEDS_NO_DAEMON = ("filesystem://", "memory://")


def round_trip(asked: Asked) -> Found:
    """Send a job and wait for the answer, at most as long as was asked for."""
    alive = [worker for worker in workers(using=USING, now=asked.now) if not worker.is_dead]
    if not alive and settings.CELERY_BROKER_URL.startswith(NEEDS_NO_DAEMON):
        return Found(SKIPPED, "no worker runs, and CELERY_BROKER_URL names no queue of a live system")
    began = time.monotonic()
    try:
        took = _comes_back(asked.wait_seconds)
    except (KombuError, AMQPError, OSError) as error:
        return Found(
            FAILED, f"the queue does not answer ({type(error).__name__}): start it, or correct CELERY_BROKER_URL"
        )
    if not took:
        return Found(FAILED, f"no worker took the job within {asked.wait_seconds:g} s: start one")
    return Found(OK, f"a worker took a job and answered in {time.monotonic() - began:.1f} s")


def _comes_back(seconds: float) -> bool:
    reply_to = f"smoke-{uuid4().hex}"
    with current_app.connection_for_read() as connection:
        replies = Queue(reply_to, Exchange(""), routing_key=reply_to, durable=False, auto_delete=True)(
            connection.channel()
        )
        replies.declare()
        answer_smoke_test.apply_async(args=[reply_to], expires=seconds, retry=False)
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                if replies.get(no_ack=True) is not None:
                    return True
                time.sleep(0.05)
        finally:
            replies.delete()
    return False
