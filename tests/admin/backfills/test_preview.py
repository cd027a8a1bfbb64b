"""What a preview shows, at once or prepared by a worker, and that it writes nothing."""

import pytest
from django.urls import reverse

from operations.models import BackfillRun
from tests import make
from tests.admin.backfills.clicks import address, previewed, routes_of, text_of

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


def test_a_preview_shows_classes_samples_and_findings_and_writes_nothing(payments, manager):
    run = previewed(manager)
    answer = manager.get(address("backfill-run", run.pk))
    assert [(share.kind, share.rows) for share in answer.context["shares"]] == [("write", 2), ("unclear", 1)]
    text = text_of(answer)
    assert "Execute: write 2 rows" in text and "its sale was on another route when it was received" in text
    for payment in payments:
        assert reverse("admin:billing_payment_change", args=[payment.pk]) in answer.content.decode()
    sample = answer.context["samples"][0]["changes"][0]
    assert payments[0].sale.route.number in sample["after"] and sample["before"] == "–"
    assert routes_of(payments) == [None, None, None]


def test_empty_pages_say_what_would_be_there(manager):
    assert "Nobody has previewed or executed it yet" in text_of(manager.get(address()))
    assert "has not run yet" in text_of(manager.get(address("backfill-findings")))
    run = previewed(manager)
    assert "Nothing to do" in text_of(manager.get(address("backfill-run", run.pk)))
    assert "Payment routes" in text_of(manager.get(reverse("admin:backfills")))


def test_a_superuser_chooses_a_business_or_all(payments, owner):
    make.tenant("elsewhere")
    owner.post(address("backfill-preview") + "?tenant=elsewhere")
    owner.post(address("backfill-preview") + "?tenant=all")
    elsewhere, everywhere = BackfillRun.objects.order_by("created_at")
    assert (elsewhere.tenant.slug, elsewhere.counts["would_write"]) == ("elsewhere", 0)
    assert (everywhere.tenant, everywhere.counts["would_write"]) == (None, 2)
    assert owner.get(address() + "?tenant=nowhere").status_code == 404
