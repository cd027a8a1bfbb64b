"""The admin's sidebar, in the order of a day, and its command palette; each person sees only what they may open."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

# Group, then: words, icon, address, permission.
GROUPS = [
    (
        "",
        [("Home", "home", "index", "")],
    ),
    (
        "Rounds",
        [
            ("Routes", "local_shipping", "routes_route_changelist", "routes.view_route"),
            ("Sales", "receipt_long", "billing_sale_changelist", "billing.view_sale"),
            ("Accountability", "fact_check", "accountability", "billing.view_accountability"),
            ("Settlements", "handshake", "billing_routereconciliation_changelist", "billing.view_routereconciliation"),
            ("Standing rounds", "route", "routes_round_changelist", "routes.view_round"),
        ],
    ),
    (
        "Dairy round",
        [
            ("Today", "today", "dairy-today", "subscriptions.run_day"),
            ("Orders of the day", "checklist", "subscriptions_dailyorder_changelist", "subscriptions.view_dailyorder"),
            ("Deliveries", "water_full", "subscriptions_delivery_changelist", "subscriptions.view_delivery"),
            ("Invoice a period", "request_quote", "dairy-invoicing", "subscriptions.invoice_period"),
            ("Counter sale", "storefront", "counter-sale", "billing.record_payment"),
            ("Payments of a round", "point_of_sale", "round-payments", "billing.record_payment"),
            ("Standing orders", "repeat", "subscriptions_standingorder_changelist", "subscriptions.view_standingorder"),
            ("Products", "inventory_2", "subscriptions_product_changelist", "subscriptions.view_product"),
            ("Route sheet", "list_alt", "report-route-sheet", "subscriptions.view_reports"),
            ("Production", "factory", "report-production", "subscriptions.view_reports"),
            ("Delivery performance", "speed", "report-performance", "subscriptions.view_reports"),
            ("Outstanding", "account_balance_wallet", "report-outstanding", "subscriptions.view_reports"),
            ("Customer statement", "menu_book", "report-statement", "subscriptions.view_reports"),
            ("Collection", "savings", "report-collection", "subscriptions.view_reports"),
        ],
    ),
    (
        "Internet plans",
        [
            (
                "Subscriptions",
                "lan",
                "subscriptions_plansubscription_changelist",
                "subscriptions.view_plansubscription",
            ),
            ("Lines", "cable", "subscriptions_subscriber_changelist", "subscriptions.view_subscriber"),
            ("Plans", "sell", "subscriptions_internetplan_changelist", "subscriptions.view_internetplan"),
            (
                "Data cap warnings",
                "data_alert",
                "subscriptions_datacapalert_changelist",
                "subscriptions.view_datacapalert",
            ),
            ("Settled periods", "receipt", "subscriptions_billedperiod_changelist", "subscriptions.view_billedperiod"),
            ("Rejected usage", "block", "subscriptions_rejectedusage_changelist", "subscriptions.view_rejectedusage"),
        ],
    ),
    (
        "Money",
        [
            ("Finance", "monitoring", "finance", "billing.view_finance"),
            ("Payments", "payments", "billing_payment_changelist", "billing.view_payment"),
            ("Unapplied money", "pending_actions", "unapplied", "billing.view_payment"),
            ("Invoices", "request_quote", "billing_invoice_changelist", "billing.view_invoice"),
            ("Customers", "storefront", "billing_customer_changelist", "billing.view_customer"),
            ("Credits", "savings", "billing_credit_changelist", "billing.view_credit"),
            ("Allocations", "call_split", "billing_allocation_changelist", "billing.view_allocation"),
            ("Returns", "assignment_return", "billing_salereturn_changelist", "billing.view_salereturn"),
            ("Refunds", "keyboard_return", "billing_paymentrefund_changelist", "billing.view_paymentrefund"),
            ("Gateway calls", "webhook", "billing_gatewayevent_changelist", "billing.view_gatewayevent"),
            ("Payment log", "history_edu", "billing_paymentauditlog_changelist", "billing.view_paymentauditlog"),
        ],
    ),
    (
        "Cashback",
        [
            ("Redemptions to pay", "redeem", "cashback-to-pay", "cashback.view_cashbackredemption"),
            ("Days to approve", "event_available", "cashback-to-approve", "cashback.view_trackerentry"),
            ("Loan payments to verify", "price_check", "cashback-to-verify", "cashback.view_loanpayment"),
            ("Balances", "stars", "cashback_cashbackaccount_changelist", "cashback.view_cashbackaccount"),
            ("Points by month", "bar_chart", "cashback-points", "cashback.view_points"),
            ("Ledger", "swap_horiz", "cashback_cashbacktransaction_changelist", "cashback.view_cashbacktransaction"),
            ("Grant or remove", "exposure", "cashback-grants", "cashback.grant_points"),
            ("Loans", "real_estate_agent", "cashback_loan_changelist", "cashback.view_loan"),
            ("Loan payments", "payments", "cashback_loanpayment_changelist", "cashback.view_loanpayment"),
            ("Trackers", "calendar_month", "cashback_dailytracker_changelist", "cashback.view_dailytracker"),
            ("Tracker days", "event_note", "cashback_trackerentry_changelist", "cashback.view_trackerentry"),
            ("Redemptions", "receipt", "cashback_cashbackredemption_changelist", "cashback.view_cashbackredemption"),
            (
                "Who earns on loans",
                "percent",
                "cashback_loancashbackconfig_changelist",
                "cashback.view_loancashbackconfig",
            ),
            (
                "Who earns on trackers",
                "percent",
                "cashback_trackercashbackconfig_changelist",
                "cashback.view_trackercashbackconfig",
            ),
            ("Policy", "policy", "cashback-policy", "cashback.view_cashbackpolicy"),
            ("Payout details read", "visibility", "cashback_payoutread_changelist", "cashback.view_payoutread"),
        ],
    ),
    (
        "Upkeep",
        [
            ("Backfills", "published_with_changes", "backfills", "operations.view_backfillrun"),
            ("Runs", "history", "operations_backfillrun_changelist", "operations.view_backfillrun"),
            ("Findings", "rule", "operations_backfillfinding_changelist", "operations.view_backfillfinding"),
            ("Health", "monitor_heart", "health", "operations.view_health"),
            ("Book checks", "balance", "operations_bookscheck_changelist", "superuser"),
            ("Backups", "backup", "operations_backuprecord_changelist", "superuser"),
            ("Maintenance", "pause_circle", "maintenance", "superuser"),
        ],
    ),
    (
        "People",
        [
            ("People", "group", "accounts_user_changelist", "accounts.view_user"),
            ("Tokens", "vpn_key", "knox_authtoken_changelist", "knox.view_authtoken"),
            ("Businesses", "apartment", "accounts_tenant_changelist", "accounts.view_tenant"),
            ("Locked out", "lock_person", "axes_accessattempt_changelist", "axes.view_accessattempt"),
        ],
    ),
]
FOUND_BY_SEARCH = [
    "billing.payment",
    "billing.sale",
    "billing.customer",
    "billing.invoice",
    "routes.route",
    "accounts.user",
    "operations.backfillrun",
]


def sidebar(request: HttpRequest) -> list[dict]:
    """The groups with at least one page that this person may open."""
    groups = [{"title": title, "separator": False, "items": items(request, rows)} for title, rows in GROUPS]
    return [group for group in groups if group["items"]]


def items(request: HttpRequest, rows: list[tuple[str, str, str, str]]) -> list[dict]:
    """The pages of one group that this person may open."""
    found = ((words, icon, address_of(page)) for words, icon, page, permission in rows if may(request, permission))
    return [
        {"title": words, "icon": icon, "link": link, "active": is_here(request, link)}
        for words, icon, link in found
        if link
    ]


def may(request: HttpRequest, permission: str) -> bool:
    """Answer whether a person may open a page; "" is for everybody who is logged in."""
    if permission == "superuser":
        return request.user.is_superuser
    return not permission or request.user.has_perm(permission)


def address_of(page: str, *arguments: Any) -> str:
    """The address of a page; nothing while it does not exist."""
    try:
        return reverse(f"admin:{page}", args=arguments)
    except NoReverseMatch:
        return ""


def is_here(request: HttpRequest, link: str) -> bool:
    """Whether the page is the one that is open, or above it."""
    return request.path == link if link == reverse("admin:index") else request.path.startswith(link)
