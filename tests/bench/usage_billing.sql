-- What `process_usage_billing` writes for January 2026, by hand, for one business and one plan, without any of its special cases:
-- what was used by the rule of records over a border, charges, numbers without gaps, invoices with their lines, billed periods.
CREATE TEMPORARY TABLE billed ON COMMIT DROP AS
SELECT s.id AS subscription_id, s.tenant_id, s.customer_id, gen_random_uuid() AS period_id, gen_random_uuid() AS invoice_id, u.used,
    greatest(u.used - 107374182400, 0) AS over, round(greatest(u.used - 107374182400, 0) * 50 / 1073741824.0)::bigint AS cents
FROM (SELECT * FROM plan_subscriptions WHERE NOT EXISTS (
        SELECT FROM billed_periods b WHERE b.subscription_id = plan_subscriptions.id AND b.period_start = '2026-01-01'
    ) ORDER BY id FOR NO KEY UPDATE) s
JOIN (
    SELECT subscriber_id, sum(carried_in + carried_out)::bigint AS used FROM usage_records
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM started_at)::bigint AS since, extract(epoch FROM ended_at)::bigint AS until,
            extract(epoch FROM timestamptz '2026-01-01 00:00+00')::bigint AS opens,
            extract(epoch FROM timestamptz '2026-02-01 00:00+00')::bigint AS closes,
            started_at >= '2026-01-01 00:00+00' AND ended_at <= '2026-02-01 00:00+00' AS is_whole
    ) moments
    CROSS JOIN LATERAL (
        SELECT CASE WHEN is_whole THEN bytes_in
                ELSE CASE WHEN closes >= until THEN bytes_in ELSE bytes_in * (closes - since) / (until - since) END
                    - CASE WHEN opens <= since THEN 0 ELSE bytes_in * (opens - since) / (until - since) END END AS carried_in,
            CASE WHEN is_whole THEN bytes_out
                ELSE CASE WHEN closes >= until THEN bytes_out ELSE bytes_out * (closes - since) / (until - since) END
                    - CASE WHEN opens <= since THEN 0 ELSE bytes_out * (opens - since) / (until - since) END END AS carried_out
    ) carried
    WHERE ended_at >= '2026-01-01 00:00+00' AND started_at < '2026-02-01 00:00+00'
    GROUP BY subscriber_id
) u USING (subscriber_id);

INSERT INTO counters (tenant_id, kind, value)
SELECT tenant_id, 'invoice USE-2026', count(*) FROM billed WHERE cents > 0 GROUP BY tenant_id;

INSERT INTO invoices (id, tenant_id, number, series, sequence, customer_id, source, status, description, total_cents, allocated_cents,
    credited_cents, counts_by_allocations, currency, issued_at, due_at, period_start, period_end, bills_period, created_at)
SELECT invoice_id, tenant_id, 'USE-2026-' || lpad(place::text, greatest(4, length(place::text)), '0'), 'USE-2026', place, customer_id,
    'USAGE', 'ISSUED', '', cents, 0, 0, true, 'USD', '2026-02-04 04:00+00', '2026-02-18 23:59:59+00', '2026-01-01', '2026-01-31',
    false, now()
FROM (SELECT *, row_number() OVER (ORDER BY subscription_id) AS place FROM billed WHERE cents > 0) charged;

INSERT INTO invoice_lines (id, invoice_id, description, quantity, unit_price_cents, total_cents, tax_rate_bps, tax_cents, source_kind,
    source_id, is_live)
SELECT gen_random_uuid(), invoice_id, 'Data beyond the cap, 2026-01-01 to 2026-01-31: ' || round(over / 1073741824.0, 2) || ' GB', 1,
    cents, cents, 0, 0, 'billed_period', period_id, true FROM billed WHERE cents > 0;

INSERT INTO billed_periods (id, tenant_id, subscription_id, period_start, period_end, status, usage_bytes, cap_bytes, overage_bytes,
    overage_cents, currency, invoice_id, note, measured_at, created_at)
SELECT period_id, tenant_id, subscription_id, '2026-01-01', '2026-01-31', CASE WHEN cents > 0 THEN 'BILLED' ELSE 'NO_CHARGE' END, used,
    107374182400, over, cents, 'USD', CASE WHEN cents > 0 THEN invoice_id END, '', '2026-02-04 04:00+00', now() FROM billed
