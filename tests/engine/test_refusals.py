"""What the engine refuses before it starts: exit 2, one clear message, nothing changed."""

import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from contextlib import suppress

import pytest
from django.db.models import signals

from billing.models import Payment
from operations.backfill import backfill_named
from operations.backfill.preflight import PreflightFailed
from operations.backfill.request import Request, ask_for_run
from tests import make
from tests.engine.content import digest
from tests.engine.here import NAME, command, unlinked
from tests.engine.samples import Prefixed
from tests.processes import ROOT, Scratch

COMMAND = f"backfill_{NAME}"
CTRL_C = b"\x03"

pytestmark = [pytest.mark.engine, pytest.mark.django_db]

KEYS = {
    "status", "dry_run", "payments_found", "payments_needing_backfill", "payments_unclear", "payments_updated",
    "payments_still_missing", "mismatches_found", "mismatches", "message", "verification", "errors", "duration_seconds", "run_id",
}  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tenant", "nobody"), "Unknown tenant 'nobody'"),
        (("--database", "nowhere"), "Unknown database 'nowhere'"),
        (("--batch-size", "0"), "The batch size is 0. Give 1 or more"),
        (("--batch-size", "-1"), "The batch size is -1"),
        (("--limit", "0"), "The limit is 0"),
        (("--nice", "-1"), "nice is -1"),
        (("--max-minutes", "0"), "The max minutes is 0"),
        (("--window", "dusk"), "'dusk' is not a time window"),
        (("--window", "10:00-10:00"), "has no length"),
    ],
)
@pytest.mark.parametrize("kind", ["--dry-run", "--execute", "--resume"])
def test_a_parameter_that_makes_no_sense_is_refused_in_words_and_in_json(options, said, kind):
    make.tenant()
    words = command(COMMAND, kind, *options)
    assert words.code == 2
    assert said in words.err
    answer = command(COMMAND, kind, *options, "--json")
    assert answer.code == 2
    assert answer.json.keys() >= KEYS
    assert answer.json["status"] == "error"
    assert said in answer.json["errors"][0]


@pytest.mark.parametrize("options", [(), ("--execute",), ("--execute", "--limit", "1"), ("--record",)])
def test_all_keys_stand_in_every_answer(options):
    unlinked(2)
    assert command(COMMAND, "--json", *options).json.keys() >= KEYS


def test_nothing_waits_to_be_resumed():
    ended = command(COMMAND, "--resume", "--json")
    assert (ended.code, ended.json["errors"][0][:26]) == (2, "No run of payment_route_id")


@pytest.mark.parametrize("verb", ["show", "undo", "resume", "pause", "cancel"])
@pytest.mark.parametrize("run_id", ["nonsense", "01a1fbfc-231e-733f-9db5-88cd4dad234a"])
def test_an_unknown_run_is_refused(verb, run_id):
    ended = command("backfill_runs", verb, run_id)
    assert ended.code == 2
    assert run_id in ended.err


def test_an_unknown_backfill_is_refused_with_those_that_exist():
    ended = command("backfill_runs", "verify", "nonsense")
    assert ended.code == 2
    assert "payment_route_id" in ended.err


def test_a_missing_migration_is_named(scratch: Scratch):
    newest = scratch.one("SELECT MAX(name) FROM django_migrations WHERE app = 'operations'")
    scratch.ask(f"DELETE FROM django_migrations WHERE name = '{newest}'")
    for options in ((), ("--execute",), ("--execute", "--json")):
        ended = scratch.run(COMMAND, *options)
        assert ended.code == 2
        assert f"operations.{newest}" in ended.out + ended.err
        assert "manage.py migrate" in ended.out + ended.err


def test_a_missing_column_of_the_history_is_named(scratch: Scratch):
    scratch.ask("ALTER TABLE historical_payments DROP COLUMN reference")
    ended = scratch.run(COMMAND, "--execute")
    assert ended.code == 2
    assert "historical_payments lacks reference" in ended.err


def test_a_transaction_that_has_been_open_for_long_stops_the_start(scratch: Scratch, postgres):
    with scratch.connect() as other:
        other.autocommit = False
        other.execute("SELECT 1 FROM payments LIMIT 1")
        time.sleep(0.1)
        ended = scratch.run(COMMAND, "--execute", before=call_everything_long)
        other.rollback()
    assert ended.code == 2
    assert "has had a transaction open for" in ended.err
    assert "pg_terminate_backend" in ended.err
    assert scratch.run(COMMAND, "--execute", before=call_everything_long).code == 1


def call_everything_long() -> None:
    from operations.backfill import preflight

    preflight.LONG_TRANSACTION_MINUTES = 0


def test_a_receiver_that_nobody_thought_about_stops_the_start():
    def send_a_letter(**kwargs):
        raise AssertionError("never called")

    signals.post_save.connect(send_a_letter, sender=Payment)
    try:
        with pytest.raises(PreflightFailed, match="send_a_letter, which a set-based write does not run"):
            ask_for_run(Request(backfill_named(NAME)), now=make.NOW)
    finally:
        signals.post_save.disconnect(send_a_letter, sender=Payment)


def test_a_column_that_an_image_cannot_hold_exactly_stops_the_start(samples):
    class Unfit(Prefixed):
        name = "test_unfit"

    from operations.models import BackfillRun

    unfit = Unfit()
    unfit.model, unfit.writes, unfit.tenant_path = BackfillRun, ("counts",), None
    unfit.candidates = BackfillRun.objects.all
    with pytest.raises(PreflightFailed, match="counts cannot be kept exactly"):
        ask_for_run(Request(unfit), now=make.NOW)


def test_without_a_fresh_backup_nothing_starts_where_one_is_asked_for(settings, tmp_path):
    settings.BACKUP_MAX_AGE_HOURS, settings.BACKUP_DIR = 24, tmp_path
    unlinked()
    ended = command(COMMAND, "--execute", "--json")
    assert ended.code == 2
    assert "backup" in ended.json["errors"][0].lower()
    assert command(COMMAND, "--json").code == 0, "a dry run needs none"


def manage(url: str, *words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, capture_output=True,
        text=True, timeout=120, check=False, **options,
    )  # fmt: skip


def test_a_database_that_does_not_answer_is_said_in_one_json_object(scratch: Scratch):
    nowhere = "postgres://nobody@127.0.0.1:1/nowhere" if scratch.is_postgres else "sqlite:////nowhere/at/all.sqlite3"
    ended = manage(nowhere, COMMAND, "--execute", "--json")
    assert ended.returncode == 2, ended.stderr
    assert json.loads(ended.stdout).keys() >= KEYS
    assert "Traceback" not in ended.stderr


def test_without_the_right_to_write_nothing_is_written_and_it_is_said(scratch: Scratch, postgres):
    scratch.ask(
        'ALTER DATABASE "{}" SET default_transaction_read_only = on'.format(scratch.one("SELECT current_database()"))
    )
    ended = scratch.run(COMMAND, "--execute", "--json")
    assert ended.code == 2
    assert "read-only" in ended.json["errors"][0]
    assert ended.json.keys() >= KEYS


# The question -----------------------------------------------------------------------------------------------


def asked(scratch: Scratch, answer: bytes | None, *words: str) -> tuple[int, str]:
    """Execute (or this) on a terminal and give this answer to the question (None: close the terminal)."""
    ours, theirs = pty.openpty()
    command_line = [sys.executable, "manage.py", *(words or (COMMAND, "--execute"))]
    process = subprocess.Popen(
        command_line, cwd=ROOT, env={**os.environ, "DATABASE_URL": scratch.url},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=_take_terminal,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while b"[yes/no]" not in said and (part := _read(ours)):
        said += part
    if answer is None:
        os.close(ours)
    else:
        os.write(ours, answer)
        while part := _read(ours, again=answer if answer == CTRL_C else b""):
            said += part
        os.close(ours)
    try:
        return process.wait(30), said.decode()
    finally:
        process.kill()


def _take_terminal() -> None:
    """Make it the process's own terminal, whose Ctrl-C and whose end it hears of, wherever the tests themselves run."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(descriptor: int, *, again: bytes = b"") -> bytes:
    """What the terminal shows next, nothing at its end. A key that came before the question was read may be pressed again."""
    for _ in range(6):
        if select.select([descriptor], [], [], 5)[0]:
            with suppress(OSError):
                return os.read(descriptor, 4096)
            return b""
        if again:
            os.write(descriptor, again)
    return b""


@pytest.mark.parametrize("answer", [b"no\n", b"\n", b"perhaps\n", b"\x04", CTRL_C, None])
def test_anything_but_yes_writes_nothing(scratch: Scratch, answer):
    before = digest(scratch)
    code, said = asked(scratch, answer)
    assert "Traceback" not in said
    assert code == 0 or answer in {None, CTRL_C}
    assert digest(scratch) == before
    if answer not in {None, CTRL_C}:  # an interrupt may end the command before its last words
        assert "Nothing was written." in said


def test_yes_writes(scratch: Scratch):
    code, said = asked(scratch, b"yes\n")
    assert code == 1
    assert "Write 8" in said
    assert scratch.one("SELECT status FROM backfill_runs") == "SUCCEEDED"


@pytest.mark.parametrize("answer", [b"no\n", b"\x04", CTRL_C, None])
def test_anything_but_yes_puts_nothing_back(scratch: Scratch, answer):
    scratch.run(COMMAND, "--execute", "--no-input")
    run_id = str(scratch.one("SELECT id FROM backfill_runs"))
    before = digest(scratch)
    code, said = asked(scratch, answer, "backfill_runs", "undo", run_id)
    assert "Put back" in said and "Traceback" not in said
    assert code != 1, "1 would say that it was done, with something left to look at"
    assert digest(scratch) == before
