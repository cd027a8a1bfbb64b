-- The same change by the same rule with the same history as the backfill, in one statement and one transaction.
WITH changed AS (
    UPDATE payments p SET route_id = s.route_id
    FROM sales s JOIN routes r ON r.id = s.route_id
    WHERE p.sale_id = s.id AND p.route_id IS NULL
      AND (r.reconciled_at IS NULL OR p.received_at <= r.reconciled_at)
      AND COALESCE(
        (SELECT COALESCE(h.route_id = s.route_id, false) FROM historical_sales h
          WHERE h.id = s.id AND h.history_type <> '-' AND h.history_date <= p.received_at
          ORDER BY h.history_date DESC, h.history_id DESC LIMIT 1),
        (SELECT COALESCE(h.route_id = s.route_id, false) FROM historical_sales h
          WHERE h.id = s.id AND h.history_type <> '-' ORDER BY h.history_date, h.history_id LIMIT 1),
        true)
    RETURNING p.*
)
INSERT INTO historical_payments (
    id, tenant_id, customer_id, sale_id, route_id, invoice_id, amount_cents, currency, allocated_cents, refunded_cents, channel,
    status, verification_status, idempotency_key, collected_by_id, reference, received_at, created_at,
    history_date, history_type, history_change_reason, history_user_id, actor_kind, request_id, backfill_run)
SELECT
    id, tenant_id, customer_id, sale_id, route_id, invoice_id, amount_cents, currency, allocated_cents, refunded_cents, channel,
    status, verification_status, idempotency_key, collected_by_id, reference, received_at, created_at,
    now(), '~', 'backfill payment_route_id', NULL, 'system', '', '00000000-0000-7000-8000-000000000000'
FROM changed
