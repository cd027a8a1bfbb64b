"""The findings of a run as a file: whole or not at all."""

import csv
import resource
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from operations.models import BackfillFinding, BackfillRun
from tests import legacy, make

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


@pytest.fixture
def run() -> BackfillRun:
    """A recorded preview that found one payment on another route than its sale."""
    sale = make.sale(5000, route=make.route())
    legacy.payment(4000, sale=sale, route=make.route())
    with pytest.raises(SystemExit):
        call_command("backfill_payment_route_id", record=True, stdout=StringIO())
    return BackfillRun.objects.get()


def findings(run: BackfillRun, *words: str) -> str:
    said = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("backfill_runs", "findings", str(run.pk), *words, stdout=said)
    assert end.value.code == 0
    return said.getvalue()


def test_findings_are_printed_as_csv(run):
    [row] = csv.DictReader(StringIO(findings(run)))
    assert (row["kind"], row["row_id"]) == ("mismatch", BackfillFinding.objects.get().row_id)


def test_findings_go_to_a_file(run, tmp_path):
    file = tmp_path / "findings.csv"
    assert "1 finding of" in findings(run, "--out", str(file))
    assert len(file.read_text().splitlines()) == 2
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_is_said_and_nothing_is_lost(run):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs the device /dev/full, which Linux has")
    with pytest.raises(CommandError, match="No space left on device.*safe in the database.*--out") as refused:
        call_command("backfill_runs", "findings", str(run.pk), "--out", str(full))
    assert refused.value.returncode == 2
    assert BackfillFinding.objects.count() == 1


def test_a_disk_that_is_full_half_way_leaves_the_earlier_file_whole(run, tmp_path):
    file = tmp_path / "findings.csv"
    findings(run, "--out", str(file))
    earlier = file.read_bytes()
    most, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (len(earlier) // 2, hard)
    )  # the kernel takes that much of a file and no more
    try:
        with pytest.raises(CommandError, match="File too large.*safe in the database") as refused:
            call_command("backfill_runs", "findings", str(run.pk), "--out", str(file))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    assert refused.value.returncode == 2
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (earlier, [file])


def test_a_missing_folder_leaves_nothing_behind(run, tmp_path):
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("backfill_runs", "findings", str(run.pk), "--out", str(tmp_path / "none" / "findings.csv"))
    assert list(tmp_path.iterdir()) == []
