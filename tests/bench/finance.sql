-- The finance summary of all time in one currency, written by hand: one row a source, then what is overpaid and unallocated.
WITH named AS (
    SELECT p.invoice_id, sum(p.amount_cents - p.refunded_cents - p.allocated_cents) AS cents
    FROM payments p JOIN invoices i ON i.id = p.invoice_id AND i.customer_id = p.customer_id AND i.currency = p.currency
    WHERE p.tenant_id = %(tenant)s AND p.status = 'SUCCEEDED' AND p.amount_cents > p.refunded_cents + p.allocated_cents
      AND p.verification_status NOT IN ('PENDING_VERIFICATION', 'REJECTED')
      AND i.deleted_at IS NULL AND i.status NOT IN ('DRAFT', 'VOID', 'FAILED')
    GROUP BY p.invoice_id
), money AS (
    SELECT i.source, i.status, i.total_cents, i.credited_cents, i.due_at, i.status IN ('DRAFT', 'VOID', 'FAILED') AS idle,
           CASE WHEN i.counts_by_allocations OR i.allocated_cents > 0 OR i.status IN ('DRAFT', 'VOID', 'FAILED')
                    THEN i.allocated_cents
                WHEN i.status = 'PAID' THEN i.total_cents
                ELSE least(COALESCE(named.cents, 0), i.total_cents) END AS paid_cents
    FROM invoices i LEFT JOIN named ON named.invoice_id = i.id
    WHERE i.tenant_id = %(tenant)s AND i.deleted_at IS NULL AND i.total_cents > 0 AND i.currency = %(currency)s
)
SELECT source,
       count(*) FILTER (WHERE NOT idle AND paid_cents < total_cents) AS owed_count,
       sum(total_cents - paid_cents) FILTER (WHERE NOT idle) AS owed_cents,
       count(*) FILTER (WHERE paid_cents > credited_cents) AS collected_count,
       sum(paid_cents - credited_cents) AS collected_cents,
       sum(credited_cents) AS credited_cents,
       count(*) FILTER (WHERE NOT idle AND paid_cents = total_cents) AS settled_count,
       sum(total_cents) FILTER (WHERE NOT idle AND paid_cents = total_cents) AS settled_cents,
       count(*) FILTER (WHERE idle) AS cancelled_count,
       sum(total_cents) FILTER (WHERE idle) AS cancelled_cents,
       sum(total_cents - paid_cents) FILTER (WHERE NOT idle AND due_at < %(now)s AND due_at >= %(now)s - interval '30 days'),
       sum(total_cents - paid_cents) FILTER (
           WHERE NOT idle AND due_at < %(now)s - interval '30 days' AND due_at >= %(now)s - interval '60 days'),
       sum(total_cents - paid_cents) FILTER (
           WHERE NOT idle AND due_at < %(now)s - interval '60 days' AND due_at >= %(now)s - interval '90 days'),
       sum(total_cents - paid_cents) FILTER (WHERE NOT idle AND due_at < %(now)s - interval '90 days')
FROM money GROUP BY source
UNION ALL
SELECT 'unallocated', count(*), sum(p.amount_cents - p.refunded_cents - p.allocated_cents),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM payments p
WHERE p.tenant_id = %(tenant)s AND p.status = 'SUCCEEDED' AND p.currency = %(currency)s
  AND p.verification_status NOT IN ('PENDING_VERIFICATION', 'REJECTED')
  AND p.amount_cents > p.refunded_cents + p.allocated_cents
  AND NOT EXISTS (
      SELECT 1 FROM invoices i WHERE i.id = p.invoice_id AND i.customer_id = p.customer_id AND i.currency = p.currency
         AND i.deleted_at IS NULL AND i.status NOT IN ('DRAFT', 'VOID', 'FAILED'))
