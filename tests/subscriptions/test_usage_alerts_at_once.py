"""Two workers who look at the same subscription at once note its thresholds once. Locks: proved on PostgreSQL."""

import threading
from contextlib import suppress

import pytest
from django.core import mail
from django.db import connection

from accounts.ids import new_id
from subscriptions.models import DataCapAlert
from subscriptions.services.cap_alerts import watch_caps
from subscriptions.services.cap_alerts.noting import note_thresholds
from subscriptions.services.cap_alerts.telling import tell_customers
from tests import make
from tests.subscriptions.caps import GB, alerts, used

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db(transaction=True)]


def at_once(work, workers=2):
    """Let workers do the same from one moment on; gives their answers."""
    together, answers, errors = threading.Barrier(workers), [], []

    def one():
        try:
            together.wait(timeout=10)
            answers.append(work())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(workers)]
    [thread.start() for thread in threads]
    [thread.join(timeout=60) for thread in threads]
    assert not errors, errors
    return answers


def person():
    """A customer who can be told."""
    return make.customer(user=make.user("CUSTOMER"))


def test_two_workers_on_the_same_subscriptions_note_each_threshold_once():
    subscriptions = [used(105 * GB, of=make.a_plan_subscription(person())) for _ in range(8)]
    ids = [subscription.pk for subscription in subscriptions]
    batches = at_once(lambda: note_thresholds(actor=None, ids=ids, now=make.NOW, run_id=new_id()), workers=3)
    assert sum(batch.counts.alerts_created for batch in batches) == 24 == DataCapAlert.objects.count()


def test_two_workers_with_the_same_alert_send_one_message():
    subscription = used(85 * GB, of=make.a_plan_subscription(person()))
    note_thresholds(actor=None, ids=[subscription.pk], now=make.NOW, run_id=new_id())
    [alert] = DataCapAlert.objects.all()
    told = at_once(lambda: tell_customers([alert.pk], now=make.NOW, run_id=new_id()), workers=3)
    assert (sum(each.told for each in told), len(mail.outbox)) == (1, 1)


def test_two_whole_watches_at_once_do_everything_once():
    subscriptions = [used(95 * GB, of=make.a_plan_subscription(person())) for _ in range(10)]
    answers = at_once(lambda: watch_caps(actor=None, now=make.NOW, batch_size=3))
    assert sum(answer.alerts_created for answer in answers) == 20
    assert all(alerts(each) == [(80, True, False), (90, True, True)] for each in subscriptions)
    assert len(mail.outbox) == 10


def test_a_watch_that_was_killed_before_it_told_anybody_is_made_good_by_the_next():
    subscription = used(85 * GB, of=make.a_plan_subscription(person()))
    with suppress(KeyboardInterrupt):
        note_thresholds(actor=None, ids=[subscription.pk], now=make.NOW, run_id=new_id())
        raise KeyboardInterrupt
    assert mail.outbox == []
    answer = watch_caps(actor=None, now=make.NOW)
    assert (answer.alerts_created, answer.told, len(mail.outbox)) == (0, 1, 1)
