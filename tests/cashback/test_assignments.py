"""Staff is assigned to loans and trackers by administrators; who is assigned may configure their cashback."""

import pytest

from accounts.errors import NotAllowed, NotFound
from cashback import services
from cashback.models import LoanAssignment, TrackerAssignment
from cashback.services.assignments import AlreadyAssigned, NotAssigned, NotYoursToConfigure, TheirOwn
from routes.services import PersonCannotDoThis
from tests import make

pytestmark = [pytest.mark.cashback, pytest.mark.django_db]


@pytest.fixture(params=["loan", "tracker"])
def kind(request):
    return request.param


@pytest.fixture
def subject(kind, db):
    return make.loan() if kind == "loan" else make.tracker()


def assign(subject, person, *, by=None):
    kind = subject._meta.model_name.removeprefix("daily")
    return getattr(services, f"assign_to_{kind}")(actor=by, **{kind: subject}, user=person)


def unassign(subject, person, *, by=None):
    kind = subject._meta.model_name.removeprefix("daily")
    return getattr(services, f"unassign_from_{kind}")(actor=by, **{kind: subject}, user=person)


@pytest.mark.parametrize("role", ["ADMIN", "FINANCE", "SALES_REP"])
def test_an_administrator_assigns_staff(subject, role):
    admin, person = make.user("ADMIN"), make.user(role)
    assignment = assign(subject, person, by=admin)
    assert (assignment.user, assignment.assigned_by, assignment.tenant_id) == (person, admin, subject.tenant_id)
    assert services.may_configure(person, subject)


def test_who_is_not_assigned_may_not_configure(subject):
    for person in (make.user(), make.user("FINANCE"), make.user("CUSTOMER")):
        assert not services.may_configure(person, subject)
        with pytest.raises(NotYoursToConfigure, match="Ask an administrator"):
            services.check_may_configure(person, subject)


def test_administrators_superusers_and_the_system_may_configure(subject):
    for person in (make.user("ADMIN"), make.superuser(), None):
        assert services.may_configure(person, subject)
        services.check_may_configure(person, subject)


def test_another_business_does_not_learn_that_it_exists(subject):
    stranger = make.user("ADMIN", of=make.tenant("other"))
    assert not services.may_configure(stranger, subject)
    with pytest.raises(NotFound):
        services.check_may_configure(stranger, subject)
    with pytest.raises(NotFound):
        assign(subject, make.user(), by=stranger)


def test_an_assignment_to_one_says_nothing_of_another(subject, kind):
    person = make.user()
    assign(subject, person)
    assert not services.may_configure(person, make.loan() if kind == "loan" else make.tracker())


def test_an_assignment_that_ended_gives_nothing_any_more(subject):
    person = make.user()
    assign(subject, person)
    unassign(subject, person)
    assert not services.may_configure(person, subject)
    with pytest.raises(NotAssigned):
        unassign(subject, person)


def test_its_history_stays_when_it_ends(subject, kind):
    admin, person = make.user("ADMIN"), make.user()
    assignment = assign(subject, person, by=admin)
    unassign(subject, person, by=admin)
    model = LoanAssignment if kind == "loan" else TrackerAssignment
    images = model.history.filter(id=assignment.pk).order_by("history_id")
    assert [(image.history_type, image.history_user_id) for image in images] == [("+", admin.pk), ("-", admin.pk)]


def test_who_became_a_customer_or_left_may_not_configure_though_the_assignment_stands(subject):
    person = make.user()
    assign(subject, person)
    person.role = "CUSTOMER"
    assert not services.may_configure(person, subject)
    person.role, person.is_active = "SALES_REP", False
    assert not services.may_configure(person, subject)


def test_nobody_is_assigned_twice(subject):
    person = make.user()
    assign(subject, person)
    with pytest.raises(AlreadyAssigned):
        assign(subject, person)


@pytest.mark.parametrize("role", ["FINANCE", "SALES_REP", "CUSTOMER"])
def test_only_administrators_assign(subject, role):
    person = make.user(role)
    with pytest.raises(NotAllowed):
        assign(subject, make.user(), by=person)
    with pytest.raises(NotAllowed):
        unassign(subject, make.user(), by=person)


def test_customers_people_of_other_businesses_and_who_left_are_not_assigned(subject):
    gone = make.user()
    gone.is_active = False
    for person in (make.user("CUSTOMER"), make.user(of=make.tenant("other")), gone):
        with pytest.raises(PersonCannotDoThis):
            assign(subject, person)


def test_nobody_looks_after_a_loan_or_a_tracker_of_their_own(kind):
    person = make.user()
    subject = make.loan(to=person) if kind == "loan" else make.tracker(owner=person)
    with pytest.raises(TheirOwn):
        assign(subject, person)
