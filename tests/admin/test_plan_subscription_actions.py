"""Steps of plan subscriptions, lines and plans on their pages: offered when they can be done, done by services, with a reason."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.admin.acting import buttons_of
from subscriptions import services
from subscriptions.models import InternetPlan, PlanSubscription, Subscriber
from tests import legacy, make

pytestmark = [pytest.mark.subscriptions, pytest.mark.django_db]

ALL = {"suspend", "resume", "end", "move", "link", "confirm-link", "change-plan", "change-cap"}
WHY = {"reason": "the customer asked"}


@pytest.fixture
def admin():
    return make.user("ADMIN", is_staff=True)


@pytest.fixture
def page(admin, as_user):
    return as_user(admin)


def do(page, row, name, **said):
    return page.post(reverse(f"admin:do_{row._meta.model_name}_{name}", args=[row.pk]), {**WHY, **said})


def names(row, person):
    """The steps of this file that a person is offered; usage has its own."""
    return {button.name for button in buttons_of(row, person)} & ALL


def test_what_is_offered_follows_the_state(admin):
    made, unlinked = make.a_plan_subscription(), legacy.plan_subscription()
    always = {"end", "change-plan", "change-cap", "link"}

    assert names(made, admin) == always | {"suspend", "move", "confirm-link"}
    assert names(unlinked, admin) == always | {"suspend"}
    services.suspend_plan_subscription(actor=None, subscription=made, reason="unpaid")
    services.confirm_link(actor=None, subscription=made, reason="looked", now=make.NOW)
    made = PlanSubscription.objects.get(pk=made.pk)
    assert names(made, admin) == always | {"resume", "move"}
    assert names(made, make.user("FINANCE")) == set()


def test_every_step_is_done_with_its_reason_in_history(page, admin):
    made, faster = make.a_plan_subscription(), make.a_plan()
    line = make.a_subscriber(made.customer)
    steps = [
        ("suspend", {}, {"is_suspended": True}),
        ("resume", {}, {"is_suspended": False}),
        ("change-cap", {"cap": "2", "from_day": "2026-02-01"}, {"custom_data_cap_bytes": 2 * 1024**3}),
        ("change-plan", {"plan_id": str(faster.pk), "from_day": "2026-03-01"}, {"plan_id": faster.pk}),
        ("move", {"subscriber_id": line.pk, "from_day": "2026-04-01"}, {"subscriber_id": line.pk}),
        ("confirm-link", {}, {"link_confirmed_by_id": admin.pk}),
        ("link", {"subscriber_id": line.pk}, {"link_source": "PERSON"}),
        ("end", {"last_day": "2026-05-31"}, {"end_date": date(2026, 5, 31)}),
    ]
    for name, said, then in steps:
        assert do(page, made, name, **said).status_code == 302, name
        assert PlanSubscription.objects.filter(pk=made.pk, **then).exists(), name
        image = made.history.first()
        assert (image.history_user, image.history_change_reason) == (admin, "the customer asked")


def test_a_refusal_is_said_on_the_page_and_nothing_is_done(page):
    made = make.a_plan_subscription()
    taken = make.a_plan_subscription(subscriber=make.a_subscriber(made.customer))

    answer = do(page, made, "move", subscriber_id=taken.subscriber_id, from_day="2026-02-01")

    assert answer.status_code == 409 and str(taken.pk) in answer.content.decode()
    assert do(page, made, "suspend", reason="").status_code == 422
    assert not made.past_terms.exists()


def test_only_the_customers_own_lines_are_offered(page):
    made, theirs = make.a_plan_subscription(), make.a_subscriber()

    shown = page.get(reverse("admin:do_plansubscription_link", args=[made.pk])).content.decode()

    assert made.subscriber_id in shown and theirs.pk not in shown
    assert do(page, made, "link", subscriber_id=theirs.pk).status_code == 422


def test_a_line_is_deleted_and_a_plan_taken_off_sale(page):
    line, plan = make.a_subscriber(id="olt 1/2:7"), make.a_plan()

    assert do(page, line, "delete").status_code == 302
    assert do(page, plan, "sell", status="INACTIVE").status_code == 302

    assert Subscriber.objects.get(pk=line.pk).deleted_at is not None
    assert InternetPlan.objects.get(pk=plan.pk).status == "INACTIVE"


def test_another_business_and_other_roles_find_nothing(page, bookkeeper):
    other = make.a_plan_subscription(make.customer(of=make.tenant("other")))
    assert do(page, other, "suspend").status_code == 404

    assert do(bookkeeper, make.a_plan_subscription(), "suspend").status_code == 403
    assert not PlanSubscription.objects.filter(is_suspended=True).exists()


def test_lists_and_pages_answer(page):
    made = make.a_plan_subscription()
    for row in (made.plan, made.subscriber, made):
        name = f"admin:subscriptions_{row._meta.model_name}"
        assert str(row) in page.get(reverse(f"{name}_change", args=[row.pk])).content.decode()
        assert page.get(reverse(f"{name}_changelist")).status_code == 200


def test_only_another_line_and_another_plan_are_offered(page):
    made = make.a_plan_subscription()
    where = reverse("admin:do_plansubscription_move", args=[made.pk])
    assert "The customer has no other line." in page.get(where).content.decode()
    line, faster = make.a_subscriber(made.customer), make.a_plan()

    moving = page.get(where).context["form"].fields["subscriber_id"]
    assert [value for value, _ in moving.choices] == [line.pk] and not moving.help_text
    planning = page.get(reverse("admin:do_plansubscription_change-plan", args=[made.pk])).context["form"]
    assert [value for value, _ in planning.fields["plan_id"].choices] == [str(faster.pk)]
