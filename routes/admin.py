"""Pages of rounds, which administrators plan, and of routes, which move by services alone."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import display

from accounts.admin import AuditAdmin, Card, FollowedLink, Link, State
from accounts.admin.people import active_state
from routes.models import Round, Route


@admin.register(Round)
class RoundAdmin(AuditAdmin):
    """Rounds: the standing plan."""

    is_editable = True
    list_display = ["name", "slots_in_words", "usual_rep", "state"]
    list_filter = ["is_active"]
    list_select_related = ["usual_rep"]
    autocomplete_fields = ["usual_rep"]
    search_fields = ["name__startswith"]
    search_help_text = "How a round's name begins."
    empty_says = "Add the first round with the button above: its name, the parts of the day, and who usually goes."

    def get_fields(self, request: HttpRequest, obj: Round | None = None) -> list[str]:
        tenant = ["tenant"] if request.user.is_superuser else []
        why = ["change_reason"] if self.has_change_permission(request, obj) else []
        return ["name", *tenant, "slots", "usual_rep", "is_active", *why]

    def card(self, request: HttpRequest, row: Round) -> Card:
        trips = f"{reverse('admin:routes_route_changelist')}?round__id__exact={row.pk}"
        goes = f"usually {row.usual_rep}" if row.usual_rep_id else "nobody in particular"
        return Card(
            what=f"A standing round of {row.tenant}: {goes} goes, {self.slots_in_words(row) or 'at no fixed part of the day'}.",
            state=active_state(row.is_active),
            links=[Link("", "Its trips", trips)],
        )

    @display(description="Parts of the day")
    def slots_in_words(self, row: Round) -> str:
        return ", ".join(map(str, row.slots))

    @display(description="State")
    def state(self, row: Round) -> State:
        return active_state(row.is_active)


@admin.register(Route)
class RouteAdmin(AuditAdmin):
    """Routes: one dated trip each. The money floor takes this page over and adds what was sold and collected."""

    list_display = ["number", "route_date", "round", "assigned_to", "state", "completed_at", "reconciled_at"]
    list_filter = ["status", ("round", FollowedLink), ("assigned_to", FollowedLink)]
    list_select_related = ["round", "assigned_to"]
    search_fields = ["number__exact", "id__exact"]
    search_help_text = "A whole route number or id."
    empty_says = "A route appears here when a trip is planned in the app or by the API."

    def what(self, row: Route) -> str:
        """What the route is, in a sentence."""
        return f"{row.assigned_to}'s trip{f' on round {row.round}' if row.round_id else ''}, {row.route_date:%A %-d %B %Y}."

    def card(self, request: HttpRequest, row: Route) -> Card:
        return Card(what=self.what(row), state=self.state(row))

    @display(description="State")
    def state(self, row: Route) -> State:
        return State(row.get_status_display())
