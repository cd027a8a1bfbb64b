"""What a person does on the pages of backfills, in one line each."""

import html
import re

from django.urls import reverse
from django.utils import timezone

from billing.models import Payment
from operations.backfill.registry import backfill_named
from operations.backfill.request import Request, ask_for_run
from operations.backfill.runs import work_on
from operations.models import BackfillRun

NAME = "payment_route_id"


def address(page="backfill", *more):
    return reverse(f"admin:{page}", args=[NAME, *more])


def text_of(answer):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def previewed(client):
    """Preview as a person does, and give the run."""
    answer = client.post(address("backfill-preview"))
    assert answer.status_code == 302, answer.content
    return BackfillRun.objects.get(pk=answer["Location"].split("/runs/")[1].split("/")[0])


def execute(client, preview, **form):
    return client.post(address("backfill-execute", preview.pk), {"reason": "TICKET-9", **form})


def executed(tenant, reason="TICKET-9"):
    """A run to its end, without the pages."""
    run = ask_for_run(Request(backfill_named(NAME), tenant, reason=reason), now=timezone.now())
    return work_on(run.pk, using="default", clock=timezone.now)


def routes_of(payments):
    return list(
        Payment.objects.filter(pk__in=[p.pk for p in payments]).order_by("pk").values_list("route_id", flat=True)
    )


def finding_of(run, **where):
    return run.findings.get(needs_decision=True, **where)


def decide(client, *findings, follow=True, query="", **form):
    values = {"finding": [finding.pk for finding in findings], "reason": "cash book", **form}
    return client.post(address("backfill-findings") + query, values, follow=follow)
