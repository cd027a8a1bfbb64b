"""A migration of an instance that is killed half-way leaves it as it was; run again, it ends as if undisturbed."""

import signal
from functools import partial

import pytest

from tests.cashback.instances import PATIENCE_SECONDS, Instances, Story, all_of, definitions, die_at, tables_of
from tests.engine.content import digest
from tests.processes import Scratch

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

# When each was applied, and numbers that PostgreSQL does not give out again after a roll-back.
DJANGOS = {
    "django_migrations": "SELECT app, name FROM django_migrations ORDER BY app, name",
    "django_content_type": "SELECT app_label, model FROM django_content_type ORDER BY app_label, model",
    "auth_permission": "SELECT codename FROM auth_permission ORDER BY codename",
}

MOMENTS = [
    ('CREATE TABLE "tracker_entry"', 1),  # among the six
    ('INSERT INTO "django_migrations"', 1),  # the six are made
    ('INSERT INTO "auth_permission"', 1),  # everything is made
    ("codename FROM auth_permission", 2),  # while the proof is read
]


def test_killed_at_any_moment_it_leaves_what_was_there_and_ends_well_when_run_again(
    instances: Instances, prod: Scratch, story: Story
):
    before = all_of(prod)
    for words, occurrence in MOMENTS:
        ended = instances.run(
            "migrate_cashback_tables", "prod", "--no-backup", before=partial(die_at, words, occurrence)
        )
        assert ended.code == -signal.SIGKILL, f"{words}: {ended.out}"
        assert all_of(prod) == before, words
    ended = instances.run("migrate_cashback_tables", "prod", "--no-backup")
    assert "Tables created: 6\n" in ended.out, ended.out
    assert tables_of(prod) == tables_of(story.prod)
    assert definitions(prod) == definitions(story.prod)
    assert rows_of(prod) == rows_of(story.prod)


def rows_of(instance: Scratch) -> tuple[dict[str, str], list[list[tuple]]]:
    return digest(instance, without=DJANGOS), [instance.ask(query) for query in DJANGOS.values()]


def test_a_roll_back_that_is_killed_leaves_what_was_there(instances: Instances, migrated: Scratch):
    before = all_of(migrated)
    for words in ('DROP TABLE "user_payment_method"', 'DELETE FROM "django_migrations"'):
        ended = instances.run("roll_back_cashback_tables", "prod", before=partial(die_at, words))
        assert ended.code == -signal.SIGKILL, ended.out
        assert all_of(migrated) == before, words
    assert instances.run("roll_back_cashback_tables", "prod").code == 0


def test_two_at_once_make_the_tables_once(instances: Instances, prod: Scratch):
    running = [instances.start("migrate_cashback_tables", "prod", "--no-backup", "--lock-timeout", "60") for _ in "ab"]
    ended = [each.wait(PATIENCE_SECONDS) for each in running]
    assert [each.code for each in ended] == [0, 0], [each.out for each in ended]
    created = sorted("Tables created: 6\n" in each.out for each in ended)
    assert created == [False, True]
