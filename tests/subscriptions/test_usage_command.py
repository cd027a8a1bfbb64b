"""`ingest_usage`: JSON lines and CSV, the rest taken when some lines are no records, and what it leaves with."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from subscriptions.models import RejectedUsage, UsageRecord
from tests.subscriptions.usage import a_line, a_packet, counted

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]


def run(path, line, **options):
    """The exit code and what was printed."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("ingest_usage", str(path), tenant=line.tenant.slug, stdout=out, stderr=io.StringIO(), **options)
    return left.value.code, out.getvalue()


def as_csv(packets):
    rows = [",".join(packets[0]), *(",".join(map(str, packet.values())) for packet in packets)]
    return "\r\n".join(rows)


def as_json(packets):
    return "\n".join(map(json.dumps, packets))


@pytest.mark.parametrize("written", [as_json, as_csv])
def test_a_file_is_taken_once(tmp_path, written):
    line, file = a_line(), tmp_path / "records"
    file.write_text(written([a_packet(line, 1, 5, 10), a_packet(line, 2, 10, 15, 7)]))
    assert run(file, line) == (0, "2 records: 2 taken, 0 counted before, 0 kept aside\n")
    assert run(file, line) == (0, "2 records: 0 taken, 2 counted before, 0 kept aside\n")
    assert counted(line) == [(1, 0, 5, 10, 0), (2, 5, 10, 5, 7)]


def test_lines_that_are_no_records_are_kept_aside_and_the_rest_is_taken(tmp_path):
    line, file = a_line(), tmp_path / "records"
    good = [json.dumps(a_packet(line, n, n, n)) for n in (1, 2, 3)]
    long = '{"x": "' + "y" * 200_000 + '"}'
    file.write_bytes("\n".join([good[0], "{broken", good[1], long, "", "7", good[2]]).encode() + b"\n\xff\x00")
    code, said = run(file, line, json=True)
    answer = json.loads(said)
    assert (code, answer["taken"], answer["rejected_by_code"]) == (1, 3, {"unreadable": 3, "not_an_object": 1})
    assert [one["position"] for one in answer["rejections"]] == [2, 4, 5, 7]
    assert set(RejectedUsage.objects.values_list("origin", flat=True)) == {str(file)}


def test_a_csv_line_with_too_few_values_is_kept_aside(tmp_path):
    line, file = a_line(), tmp_path / "records"
    file.write_text(as_csv([a_packet(line, 1, 5, 10)]) + '\r\none,two\r\n"')
    code, said = run(file, line)
    assert (code, said.splitlines()[0]) == (1, "3 records: 1 taken, 0 counted before, 2 kept aside")


def test_an_empty_file_has_nothing_to_take(tmp_path):
    (tmp_path / "empty").write_text("")
    assert run(tmp_path / "empty", a_line())[0] == 0


@pytest.mark.parametrize("content", [b"a,b,c\n1,2,3\n", b"nonsense", b"a\rb\n", b"\x1f\x8b\x00\r\x00"])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    line, file = a_line(), tmp_path / "records"
    file.write_bytes(content)
    with pytest.raises(CommandError, match="neither JSON lines nor CSV") as refused:
        call_command("ingest_usage", str(file), tenant=line.tenant.slug)
    assert (refused.value.returncode, UsageRecord.objects.count()) == (2, 0)


def test_what_was_kept_aside_is_taken_once_its_line_is_there(tmp_path):
    line, file = a_line(), tmp_path / "records"
    file.write_text(as_json([a_packet("late-line", 1, 5, 10), a_packet("never", 1, 5, 10)]))
    code, said = run(file, line)
    assert code == 1 and "There is no line never. Create it, then run: ingest_usage --kept-aside." in said
    late = a_line(line.customer, id="late-line")
    assert run("", line, kept_aside=True)[1].startswith("2 records: 1 taken, 0 counted before, 1 kept aside\n")
    assert counted(late) == [(1, 0, 5, 10, 0)]


@pytest.mark.parametrize("asked", [{"file": "", "kept_aside": False}, {"file": "-", "kept_aside": True}])
def test_a_file_or_what_was_kept_aside_is_taken_and_never_both(asked):
    with pytest.raises(CommandError, match="one of both") as refused:
        call_command("ingest_usage", asked["file"], kept_aside=asked["kept_aside"], tenant=a_line().tenant.slug)
    assert refused.value.returncode == 2


def test_a_file_that_is_not_there_and_an_unknown_business_are_refused(tmp_path):
    for path, slug in ((tmp_path / "nothing", a_line().tenant.slug), (tmp_path / "nothing", "nobody")):
        with pytest.raises(CommandError) as refused:
            call_command("ingest_usage", str(path), tenant=slug)
        assert refused.value.returncode == 2
