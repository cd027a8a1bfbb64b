"""The column that links subscriptions to lines: what the deployment checklist asks of it, as it asks. On PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from subscriptions import services
from tests import legacy, make

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db, pytest.mark.usefixtures("postgres")]

COLUMN = """
    SELECT column_name, is_nullable, data_type FROM information_schema.columns
    WHERE table_name = 'plan_subscriptions' AND column_name = 'subscriber_id'
"""
KEY = """
    SELECT constraint_name, constraint_type FROM information_schema.table_constraints
    WHERE table_name = 'plan_subscriptions' AND constraint_name = 'fk_plan_subscriptions_subscriber_id'
"""
MISSING = "SELECT COUNT(*) FROM plan_subscriptions WHERE subscriber_id IS NULL"
ORPHANS = """
    SELECT COUNT(*) FROM plan_subscriptions ps LEFT JOIN subscribers s ON ps.subscriber_id = s.id
    WHERE ps.subscriber_id IS NOT NULL AND s.id IS NULL
"""
NEW = """
    SELECT id, customer_id, subscriber_id, created_at FROM plan_subscriptions
    WHERE created_at > NOW() - INTERVAL '5 minutes' ORDER BY created_at DESC LIMIT 5
"""
BY_HAND = """
    UPDATE plan_subscriptions SET subscriber_id = (
        SELECT s.id FROM subscribers s WHERE s.customer_id = plan_subscriptions.customer_id AND s.deleted_at IS NULL
        ORDER BY s.created_at LIMIT 1
    ) WHERE id IN (%s)
"""


def answer(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def test_the_checklist_finds_the_column_and_its_key():
    assert answer(COLUMN) == [("subscriber_id", "YES", "character varying")]
    assert answer(KEY) == [("fk_plan_subscriptions_subscriber_id", "FOREIGN KEY")]


def test_the_index_has_the_name_that_other_peoples_scripts_ask_for():
    [(definition,)] = answer("SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_plan_subscriptions_subscriber_id'")
    assert "(subscriber_id)" in definition


def test_the_checklist_counts_what_is_missing_and_finds_no_orphan():
    legacy.plan_subscription()
    make.a_plan_subscription()

    assert answer(MISSING) == [(1,)]
    assert answer(ORPHANS) == [(0,)]


def test_the_checklist_finds_a_new_subscription_with_its_line():
    made = make.a_plan_subscription()

    [(pk, customer_id, subscriber_id, created_at)] = answer(NEW)

    assert (pk, customer_id, subscriber_id) == (made.pk, made.customer_id, made.subscriber_id)
    assert datetime.now(UTC) - created_at < timedelta(minutes=5)


@pytest.mark.damages_rows
def test_the_checklists_correction_by_hand_runs_as_written():
    row = legacy.plan_subscription()
    oldest = make.a_subscriber(row.customer)
    make.a_subscriber(row.customer)

    assert answer(BY_HAND, row.pk) == 1

    row.refresh_from_db()
    assert row.subscriber_id == oldest.pk
    assert services.confirm_link(actor=None, subscription=row, reason="looked at it", now=make.NOW).link_confirmed_at
