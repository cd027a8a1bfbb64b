"""The work lists of cashback cost the same however long they are, and however many earn on what they show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.admin.points import TO_APPROVE, TO_VERIFY, with_cashback

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]

LISTS = {
    "payments": (TO_VERIFY, make.loan, make.loan_payment),
    "days": (TO_APPROVE, make.tracker, make.tracker_entry),
}


@pytest.mark.parametrize(("page", "new", "row_on"), LISTS.values(), ids=LISTS)
def test_a_work_list_takes_as_many_queries_for_twelve_rows_as_for_one(page, new, row_on, manager):
    def wait(rows: int) -> int:
        for _ in range(rows):
            row_on(on=with_cashback(with_cashback(new(), make.user("CUSTOMER")), make.user("CUSTOMER")))
        with CaptureQueriesContext(connection) as asked:
            answer = manager.get(page)
        assert answer.status_code == 200
        return len(asked)

    wait(1)  # what is asked once in a process
    few = wait(0)
    assert wait(11) <= few
    assert len(manager.get(page).context["cases"]) == 12
