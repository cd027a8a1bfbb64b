"""The link backfill beside people and other sessions, on PostgreSQL; and the checklist's own SQL, as it is written."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from operations.backfill import preflight
from operations.backfill.preflight import PreflightFailed
from subscriptions.models import PlanSubscription
from subscriptions.services.plan_subscriptions import link_subscriber
from tests import legacy, make
from tests.subscriptions.old_links import a_line, execute, link_of, twins

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postgres")]


def ask(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_the_checklists_sql_works_as_it_is_written():
    a_line(owner := make.customer())
    legacy.plan_subscription(owner)
    execute()
    assert ask(
        "SELECT column_name, is_nullable, data_type FROM information_schema.columns "
        "WHERE table_name = 'plan_subscriptions' AND column_name = 'subscriber_id'"
    ) == [("subscriber_id", "YES", "character varying")]
    assert ask(
        "SELECT constraint_name, constraint_type FROM information_schema.table_constraints "
        "WHERE table_name = 'plan_subscriptions' AND constraint_name = 'fk_plan_subscriptions_subscriber_id'"
    ) == [("fk_plan_subscriptions_subscriber_id", "FOREIGN KEY")]
    assert ask("SELECT COUNT(*) FROM plan_subscriptions WHERE subscriber_id IS NULL") == [(0,)]
    assert ask(
        "SELECT COUNT(*) FROM plan_subscriptions ps LEFT JOIN subscribers s ON ps.subscriber_id = s.id "
        "WHERE ps.subscriber_id IS NOT NULL AND s.id IS NULL"
    ) == [(0,)]
    assert (
        len(
            ask(
                "SELECT id, customer_id, subscriber_id, created_at FROM plan_subscriptions "
                "WHERE created_at > NOW() - INTERVAL '5 minutes' ORDER BY created_at DESC LIMIT 5"
            )
        )
        == 1
    )
    assert (
        ask(
            "SELECT ps.id, ps.customer_id, ps.subscriber_id, s.username, s.service_type FROM plan_subscriptions ps "
            "JOIN subscribers s ON ps.subscriber_id = s.id WHERE ps.customer_id IN (SELECT customer_id FROM plan_subscriptions "
            "GROUP BY customer_id HAVING COUNT(DISTINCT subscriber_id) > 1)"
        )
        == []
    )


def test_a_session_that_holds_the_table_stops_the_start_and_is_named(monkeypatch):
    twins()
    monkeypatch.setattr(preflight, "LONG_TRANSACTION_MINUTES", 0)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_backend_pid() FROM plan_subscriptions LIMIT 1")
            [(pid,)] = cursor.fetchall()
            with pytest.raises(PreflightFailed, match=f"server process {pid} has had a transaction open"):
                execute()
    finally:
        other.close()


def test_a_link_that_a_person_sets_while_the_run_waits_for_the_row_stays():
    subscription, old, new = twins()
    held, go_on = threading.Event(), threading.Event()

    def person() -> None:
        from django.db import transaction

        try:
            with transaction.atomic():
                link_subscriber(
                    actor=None, subscription=subscription, subscriber_id=new.pk, reason="I called them",
                    now=make.NOW + timedelta(days=1),
                )  # fmt: skip
                held.set()
                go_on.wait(5)
        finally:
            connection.close()

    clerk = threading.Thread(target=person)
    clerk.start()
    assert held.wait(20)
    threading.Timer(0.3, go_on.set).start()
    run = execute(options={"ambiguous": "first-active"})
    clerk.join()
    assert link_of(subscription) == (new.pk, "PERSON")
    assert run.counts["written"] == 0
    assert not PlanSubscription.objects.unlinked().exists()
