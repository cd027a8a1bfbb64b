"""Files that are no workbooks, or too large: nothing is entered, and the answer says what was wrong."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.clients import error_of
from tests.api.unchanged import nothing_written

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

A = "/api/cashback"


FILES = {
    "nothing": b"",
    "text": b"day,payment\n0,500\n",
    "html": b"<script>alert(1)</script>",
    "half a zip": b"PK\x03\x04 and no more",
    "old Excel": bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600,
    "picture": b"\x89PNG\r\n\x1a\n" + b"x" * 100,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_workbook_enters_nothing(stage, admin, name):
    path = f"{A}/trackers/{stage.tracker().pk}/workbook"
    with nothing_written():
        answer = admin.post(path, {"file": SimpleUploadedFile("days.xlsx", FILES[name])}, format="multipart")
        assert answer.status_code in {400, 422}, answer.content
        error_of(answer, answer.status_code)


def test_a_workbook_that_is_too_large_or_not_there_or_no_file_is_named(stage, admin):
    path = f"{A}/trackers/{stage.tracker().pk}/workbook"
    large = SimpleUploadedFile("days.xlsx", b"x" * (5 * 1024 * 1024 + 1))
    with nothing_written():
        for body in ({"file": large}, {"file": "text"}, {}):
            answer = admin.post(path, body, format="multipart")
            assert answer.status_code in {400, 413}, answer.content
            assert answer.status_code == 413 or list(error_of(answer, 400)["fields"]) == ["file"]
        error_of(admin.post(path, {"file": "x"}, format="json"), 415)
