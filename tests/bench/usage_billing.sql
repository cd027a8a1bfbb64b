-- What `process_usage_billing` writes for January 2026, by hand, for one business and one plan without any of its special cases.
CREATE TEMPORARY TABLE billed ON COMMIT DROP AS
SELECT s.id AS subscription_id, s.tenant_id, s.customer_id, gen_random_uuid() AS period_id, u.used,
    greatest(u.used - 107374182400, 0) AS over, round(greatest(u.used - 107374182400, 0) * 50 / 1073741824.0)::bigint AS cents,
    gen_random_uuid() AS invoice_id
FROM (SELECT * FROM plan_subscriptions ORDER BY id FOR NO KEY UPDATE) s
CROSS JOIN LATERAL (
    SELECT sum(bytes_in + bytes_out)::bigint AS used FROM usage_records r
    WHERE r.subscriber_id = s.subscriber_id AND r.started_at >= '2026-01-01' AND r.ended_at <= '2026-02-01'
) u;

INSERT INTO counters (id, tenant_id, kind, value)
SELECT gen_random_uuid(), tenant_id, 'invoice USE-2026', count(*) FROM billed WHERE cents > 0 GROUP BY tenant_id;

INSERT INTO invoices (id, tenant_id, number, series, sequence, customer_id, source, status, description, total_cents, allocated_cents,
    credited_cents, counts_by_allocations, currency, issued_at, due_at, period_start, period_end, bills_period, created_at)
SELECT invoice_id, tenant_id, 'USE-2026-' || lpad(place::text, 4, '0'), 'USE-2026', place, customer_id, 'USAGE', 'ISSUED', '', cents,
    0, 0, true, 'USD', now(), now() + interval '14 days', '2026-01-01', '2026-01-31', false, now()
FROM (SELECT *, row_number() OVER (ORDER BY subscription_id) AS place FROM billed WHERE cents > 0) charged;

INSERT INTO invoice_lines (id, invoice_id, description, quantity, unit_price_cents, total_cents, tax_rate_bps, tax_cents, source_kind,
    source_id, is_live)
SELECT gen_random_uuid(), invoice_id, 'Data beyond the cap, 2026-01-01 to 2026-01-31: ' || round(over / 1073741824.0, 2) || ' GB', 1,
    cents, cents, 0, 0, 'billed_period', period_id, true FROM billed WHERE cents > 0;

INSERT INTO billed_periods (id, tenant_id, subscription_id, period_start, period_end, status, usage_bytes, cap_bytes, overage_bytes,
    overage_cents, currency, invoice_id, note, measured_at, created_at)
SELECT period_id, tenant_id, subscription_id, '2026-01-01', '2026-01-31', CASE WHEN cents > 0 THEN 'BILLED' ELSE 'NO_CHARGE' END, used,
    107374182400, over, cents, 'USD', CASE WHEN cents > 0 THEN invoice_id END, '', now(), now() FROM billed
