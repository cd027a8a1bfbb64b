"""Names that other people's clients rely on: keys of answers that may grow, and never lose one or give it another name."""

ACCOUNTABILITY_KEYS = {
    "expected_cents",
    "total_collected_from_payments_cents",
    "total_collected_from_payments",
    "collected_from_reconciliations_cents",
    "total_collected_cents",
    "collected_cash_cents",
    "collected_by_others_cents",
    "returns_cents",
    "current_outstanding_cents",
    "payments_counted",
    "payments_via_fallback",
    "active_routes_count",
    "pending_reconciliation_count",
    "user_id",
    "user_name",
    "routes",
}
