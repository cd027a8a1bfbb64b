"""A small business with one of everything, for tests that go through every door of the API."""

from typing import Any

from billing.models import Allocation, Sale
from billing.services import delete_invoice, delete_invoices
from operations.models import BackfillFinding, BackfillRun
from routes.models import Round
from subscriptions.services import change_standing_order, suspend_plan_subscription
from tests import legacy, make
from tests.api.cashback_stage import Lending
from tests.api.clients import client_of, post

ROLES = ["ADMIN", "CUSTOMER", "FINANCE", "SALES_REP"]


class Stage(Lending):
    """One business with one of everything, each belonging to its one representative and its one customer."""

    def __init__(self, slug: str = "distro") -> None:
        self.tenant = make.tenant(slug)
        self.people = {role: make.user(role, of=self.tenant) for role in ROLES}
        rep = self.people["SALES_REP"]
        self.customer = make.customer(of=self.tenant, user=self.people["CUSTOMER"])
        self.route = make.route(rep=rep)
        self.planned = make.route("PENDING", rep=rep)
        self.completed = make.route("COMPLETED", rep=rep)
        self.sale = make.sale(to=self.customer, route=self.route)
        self.payment = make.payment(sale=self.sale, collected_by=rep)
        self.credit_payment = make.payment(1000, by=self.customer, proof_reference="proofs/slip-1.jpg")
        self.credit = make.credit(500, to=self.customer)
        self.unlinked = legacy.payment(sale=self.sale)
        self.user = rep

    def waiting_payment(self) -> Any:
        """A payment that waits for verification, as this business asks for it from now on."""
        self.tenant.requires_payment_verification = True
        self.tenant.save()
        return make.payment(sale=Sale.objects.get(pk=self.sale.pk), collected_by=self.user).pk

    def allocation(self) -> Any:
        """The allocation of this business's payment to its sale."""
        return Allocation.objects.get(payment=self.payment).pk

    def gateway_event(self) -> Any:
        """A call of the gateway about a payment of which nobody knows."""
        return make.gateway_event(of=self.tenant).pk

    def drafted_invoice(self) -> Any:
        """A draft for the customer of this business."""
        return make.draft(to=self.customer)

    def invoice(self) -> Any:
        """An issued invoice of this business."""
        return make.issue(self.drafted_invoice())

    def deleted_invoice(self) -> Any:
        """An invoice that was deleted and can be recovered."""
        return delete_invoice(actor=None, invoice=self.invoice(), now=make.NOW)

    def bulk_operation(self) -> Any:
        """The deletion of an invoice of this business, in bulk."""
        return delete_invoices(actor=None, invoices=[self.invoice()], reason="mistake", now=make.NOW).pk

    def run(self, status: str = "SUCCEEDED") -> Any:
        """A run of this business that wrote one row, in this status."""
        admin = client_of(self.people["ADMIN"])
        run_id = post(admin, "/api/admin/backfill-payment-route-id?dry_run=false").json()["run_id"]
        BackfillRun.objects.filter(pk=run_id).update(status=status)
        return run_id

    def finding(self) -> int:
        """A finding of this business."""
        legacy.payment(by=self.customer)
        post(client_of(self.people["ADMIN"]), "/api/admin/backfill-payment-route-id")
        return BackfillFinding.objects.filter(tenant=self.tenant, kind="no_sale").first().pk

    def line(self) -> Any:
        """A line of the customer of this business."""
        return make.a_subscriber(self.customer)

    def plan_subscription(self, *, is_suspended: bool = False) -> Any:
        """A plan on a new line of the customer of this business."""
        made = make.a_plan_subscription(self.customer)
        if is_suspended:
            suspend_plan_subscription(actor=None, subscription=made, reason="unpaid")
        return made

    def product(self) -> Any:
        """A product of this business."""
        return make.product(of=self.tenant)

    def standing_order(self) -> Any:
        """A standing order of this business's customer."""
        return make.standing_order(of=self.customer)

    def change(self) -> Any:
        """What is different from it on some days."""
        return change_standing_order(
            actor=None, standing_order=self.standing_order(), kind="SKIP", first_day=make.TODAY
        ).pk

    def daily_order(self) -> Any:
        """An order of TODAY on a round of this business's representative."""
        self.on_their_round()
        return make.daily_order(of=self.customer)

    def delivery(self) -> Any:
        """A delivery of TODAY on a round of this business's representative."""
        return make.delivery(order=self.daily_order())

    def on_their_round(self) -> Any:
        """The customer, on a standing round whose usual representative is this business's."""
        self.customer.round, _ = Round.objects.get_or_create(tenant=self.tenant, name="North", usual_rep=self.user)
        self.customer.save()
        return self.customer
