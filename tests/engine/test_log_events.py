"""A run tells its start, batches, findings and end as JSON events on standard error, each with the run's id."""

import pytest

from tests.engine.here import NAME
from tests.processes import Scratch

COMMAND = f"backfill_{NAME}"

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def test_every_event_of_a_run_carries_its_id(scratch: Scratch):
    ended = scratch.run(COMMAND, "--execute", "--json", "--batch-size", "400")
    events = [event for event in ended.events if event["logger"] == "roundsman.backfill"]
    names = [event["event"] for event in events]
    assert (names[0], names[-1]) == ("run_started", "run_ended")
    assert names.count("batch") == 3
    assert {event["run_id"] for event in events} == {ended.json["run_id"]}
    assert sum(event["written"] for event in events if event["event"] == "batch") == ended.json["payments_updated"]
    assert sum(event["rows"] for event in events if event["event"] == "finding") == sum(ended.json["findings"].values())
    assert events[0]["backfill"] == NAME
    assert (events[-1]["status"], events[-1]["counts"]["keys"]) == ("SUCCEEDED", 1000)


def test_a_resumed_run_says_so_with_its_next_generation(scratch: Scratch):
    first = scratch.run(COMMAND, "--execute", "--window", "00:00-00:01")
    second = scratch.run("backfill_runs", "resume", scratch.one("SELECT CAST(id AS text) FROM backfill_runs"))
    started = [
        event["generation"] for ended in (first, second) for event in ended.events if event["event"] == "run_started"
    ]
    assert started == [1, 2]


def test_json_on_standard_output_is_one_object_and_nothing_else(scratch: Scratch):
    ended = scratch.run(COMMAND, "--execute", "--json")
    assert len(ended.out.strip().splitlines()) == 1
    assert isinstance(ended.json, dict)
