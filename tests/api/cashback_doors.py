"""Every endpoint of cashback in the table of `test_every_door`: who comes in, on which object, with which body."""

from tests import make
from tests.api.cashback_stage import Lending
from tests.api.door import ADMIN, EVERYBODY, OFFICE, REASON, STAFF, Door
from tests.api.stage import Stage

A = "api/cashback"
ADMINS = f"{A}/admin"


def transfer(stage: Stage) -> dict[str, object]:
    """Half a point for somebody else, who has points or not."""
    stage.all_have_points()
    return {"receiver": stage.somebody_else().email, "points_cents": 50}


def payout(stage: Stage) -> dict[str, object]:
    """Points to be paid out once."""
    stage.all_have_points()
    return {"points_cents": 5_000, "redemption_type": "upi", "upi_id": "asha@okbank"}


def removal(stage: Stage) -> dict[str, object]:
    """Points that a customer has, taken."""
    stage.all_have_points()
    return {"rows": [{"user": stage.people["CUSTOMER"].email, "points_cents": 100}], "reason": "twice"}


def grant(stage: Stage) -> dict[str, object]:
    """Points given."""
    return {"rows": [{"user": str(stage.people["CUSTOMER"].pk), "points_cents": 100}], "reason": "welcome"}


def fixed(stage: Stage) -> dict[str, object]:
    """One point each time for a person who earns nowhere yet."""
    return {"user": stage.somebody_else().email, "cashback_type": "fixed", "points_cents": 100}


def assigned(stage: Stage) -> dict[str, object]:
    """One more representative."""
    return {"user": make.user("SALES_REP", of=stage.tenant).email}


def lent(stage: Stage) -> dict[str, object]:
    """What is lent."""
    return {
        "customer": stage.people["CUSTOMER"].email,
        "loan_name": "Shop",
        "principal_cents": 100_000,
        "interest_rate": "0.12",
        "started_on": "2026-01-13",
    }


def paid(stage: Stage) -> dict[str, object]:
    """What is paid on a loan."""
    return {"amount_cents": 1_000, "payment_date": "2026-01-13"}


def opened(stage: Stage) -> dict[str, object]:
    """A new tracker."""
    return {
        "user": stage.people["CUSTOMER"].email,
        "tracker_name": "Stall",
        "tracker_type": "50K",
        "investment_cents": 5_000_000,
        "scheme_period_days": 100,
        "per_day_payment_cents": 50_000,
        "start_date": "2026-01-13",
    }


CASHBACK_DOORS: dict[tuple[str, str], Door] = {
    ("GET", f"{A}/balance"): Door(EVERYBODY),
    ("GET", f"{A}/transactions"): Door(EVERYBODY),
    ("POST", f"{A}/transfer"): Door(EVERYBODY, body=transfer, key=True),
    ("GET", f"{A}/redemptions"): Door(EVERYBODY),
    ("POST", f"{A}/redemptions"): Door(EVERYBODY, body=payout, key=True),
    ("GET", f"{A}/redemptions/<uuid:pk>"): Door(EVERYBODY, mine=Lending.redemption),
    ("POST", f"{A}/redemptions/<uuid:pk>/cancel"): Door(EVERYBODY, mine=Lending.redemption),
    ("GET", f"{A}/redemptions/<uuid:pk>/history"): Door(EVERYBODY, mine=Lending.redemption),
    ("GET", f"{A}/payment-methods"): Door(EVERYBODY),
    ("POST", f"{A}/payment-methods"): Door(
        EVERYBODY, body=lambda stage: {"payment_type": "upi", "upi_id": "asha@okbank"}
    ),
    ("GET", f"{A}/payment-methods/<uuid:pk>"): Door(EVERYBODY, mine=Lending.method),
    ("DELETE", f"{A}/payment-methods/<uuid:pk>"): Door(EVERYBODY, mine=Lending.method),
    ("POST", f"{A}/payment-methods/<uuid:pk>/default"): Door(EVERYBODY, mine=Lending.method),
    ("POST", f"{A}/payment-methods/<uuid:pk>/reveal"): Door(EVERYBODY, mine=Lending.method),
    ("GET", f"{ADMINS}/balances"): Door(OFFICE),
    ("POST", f"{ADMINS}/grant"): Door(ADMIN, body=grant, key=True),
    ("POST", f"{ADMINS}/remove"): Door(ADMIN, body=removal, key=True),
    ("POST", f"{ADMINS}/redemptions/<uuid:pk>/complete"): Door(
        ADMIN, Lending.redemption, lambda stage: {"payout_reference": "UTR-1"}
    ),
    ("POST", f"{ADMINS}/redemptions/<uuid:pk>/cancel"): Door(ADMIN, Lending.redemption, REASON),
    ("POST", f"{ADMINS}/redemptions/<uuid:pk>/reveal"): Door(ADMIN, Lending.redemption),
    ("GET", f"{ADMINS}/loans/<uuid:pk>/config"): Door(STAFF, lambda stage: stage.loan().pk),
    ("POST", f"{ADMINS}/loans/<uuid:pk>/config"): Door(STAFF, lambda stage: stage.loan().pk, fixed),
    ("DELETE", f"{ADMINS}/loans/<uuid:pk>/config/<uuid:config>"): Door(STAFF, Lending.loan_config),
    ("GET", f"{ADMINS}/trackers/<uuid:pk>/config"): Door(STAFF, lambda stage: stage.tracker().pk),
    ("POST", f"{ADMINS}/trackers/<uuid:pk>/config"): Door(STAFF, lambda stage: stage.tracker().pk, fixed),
    ("DELETE", f"{ADMINS}/trackers/<uuid:pk>/config/<uuid:config>"): Door(STAFF, Lending.tracker_config),
    ("GET", f"{ADMINS}/loans/<uuid:pk>/assignments"): Door(STAFF, lambda stage: stage.loan().pk),
    ("POST", f"{ADMINS}/loans/<uuid:pk>/assignments"): Door(ADMIN, lambda stage: stage.loan().pk, assigned),
    ("DELETE", f"{ADMINS}/loans/<uuid:pk>/assignments/<uuid:assignment>"): Door(ADMIN, Lending.loan_assignment),
    ("GET", f"{ADMINS}/trackers/<uuid:pk>/assignments"): Door(STAFF, lambda stage: stage.tracker().pk),
    ("POST", f"{ADMINS}/trackers/<uuid:pk>/assignments"): Door(ADMIN, lambda stage: stage.tracker().pk, assigned),
    ("DELETE", f"{ADMINS}/trackers/<uuid:pk>/assignments/<uuid:assignment>"): Door(ADMIN, Lending.tracker_assignment),
    ("GET", f"{ADMINS}/tracker-entries"): Door(STAFF),
    ("POST", f"{ADMINS}/tracker-entries/<uuid:pk>/approve"): Door(ADMIN, lambda stage: stage.tracker_entry().pk),
    ("POST", f"{ADMINS}/tracker-entries/<uuid:pk>/reject"): Door(ADMIN, lambda stage: stage.tracker_entry().pk, REASON),
    ("GET", f"{A}/loans"): Door(EVERYBODY),
    ("POST", f"{A}/loans"): Door(OFFICE, body=lent, key=True),
    ("GET", f"{A}/loans/<uuid:pk>"): Door(EVERYBODY, lambda stage: stage.loan().pk),
    ("GET", f"{A}/loans/<uuid:pk>/payments"): Door(EVERYBODY, lambda stage: stage.loan().pk),
    ("POST", f"{A}/loans/<uuid:pk>/payments"): Door(EVERYBODY, lambda stage: stage.loan().pk, paid, key=True),
    ("GET", f"{A}/loans/<uuid:pk>/statement"): Door(EVERYBODY, lambda stage: stage.loan().pk),
    ("POST", f"{A}/loans/<uuid:pk>/close"): Door(OFFICE, Lending.loan_that_is_paid),
    ("GET", f"{A}/loans/<uuid:pk>/history"): Door(EVERYBODY, lambda stage: stage.loan().pk),
    ("POST", f"{A}/loan-payments/<uuid:pk>/verify"): Door(OFFICE, lambda stage: stage.loan_payment().pk),
    ("POST", f"{A}/loan-payments/<uuid:pk>/reject"): Door(OFFICE, lambda stage: stage.loan_payment().pk, REASON),
    ("POST", f"{A}/loan-payments/<uuid:pk>/change"): Door(
        OFFICE, lambda stage: stage.loan_payment().pk, lambda stage: {"amount_cents": 900, "reason": "mistyped"}
    ),
    ("POST", f"{A}/loan-payments/<uuid:pk>/delete"): Door(OFFICE, lambda stage: stage.loan_payment().pk, REASON),
    ("GET", f"{A}/trackers"): Door(EVERYBODY),
    ("POST", f"{A}/trackers"): Door(OFFICE, body=opened, key=True),
    ("GET", f"{A}/trackers/<uuid:pk>"): Door(EVERYBODY, lambda stage: stage.tracker().pk),
    ("POST", f"{A}/trackers/<uuid:pk>/close"): Door(OFFICE, lambda stage: stage.tracker().pk),
    ("POST", f"{A}/trackers/<uuid:pk>/reopen"): Door(OFFICE, Lending.closed_tracker),
    ("POST", f"{A}/trackers/<uuid:pk>/hide"): Door(EVERYBODY, mine=Lending.tracker_of),
    ("GET", f"{A}/trackers/<uuid:pk>/entries"): Door(EVERYBODY, lambda stage: stage.tracker_entry().tracker_id),
    ("POST", f"{A}/trackers/<uuid:pk>/entries"): Door(
        STAFF, lambda stage: stage.tracker().pk, lambda stage: {"day": 0, "payment_cents": 50_000}
    ),
    ("GET", f"{A}/trackers/<uuid:pk>/workbook"): Door(EVERYBODY, lambda stage: stage.tracker_entry().tracker_id),
    ("POST", f"{A}/trackers/<uuid:pk>/workbook"): Door(
        STAFF,
        lambda stage: stage.tracker().pk,
        lambda stage: {"file": stage.workbook()},
        format="multipart",
    ),
    ("GET", f"{A}/trackers/<uuid:pk>/history"): Door(EVERYBODY, lambda stage: stage.tracker().pk),
}
