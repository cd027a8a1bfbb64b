-- What accountability_of answers of one representative, written by hand: the totals over their started routes.
WITH mine AS MATERIALIZED (
    SELECT id, assigned_to_id, reconciled_at FROM routes WHERE assigned_to_id = %(user)s AND status <> 'PENDING'
), sold AS (
    SELECT sum(s.total_cents - s.returned_cents) AS net, sum(s.returned_cents) AS back
    FROM sales s WHERE s.route_id IN (SELECT id FROM mine) AND s.status <> 'CANCELLED'
), owed AS (
    SELECT sum(d.previous_due_cents) AS cents FROM route_opening_dues d WHERE d.route_id IN (SELECT id FROM mine)
), linked AS (
    SELECT count(*) AS payments, sum(p.amount_cents - p.refunded_cents) AS cents, sum(p.amount_cents - p.refunded_cents) FILTER (WHERE p.channel = 'CASH') AS cash,
           sum(p.amount_cents - p.refunded_cents) FILTER (WHERE p.collected_by_id <> %(user)s) AS by_others
    FROM payments p WHERE p.route_id IN (SELECT id FROM mine) AND p.status = 'SUCCEEDED'
      AND p.verification_status NOT IN ('PENDING_VERIFICATION', 'REJECTED')
), through_sale AS (
    SELECT p.*, CASE
        WHEN p.route_id IS NOT NULL THEN 'elsewhere'
        WHEN p.received_at > r.reconciled_at THEN 'late'
        WHEN COALESCE(
            (SELECT COALESCE(h.route_id = s.route_id, false) FROM historical_sales h
              WHERE h.id = s.id AND h.history_type <> '-' AND h.history_date <= p.received_at
              ORDER BY h.history_date DESC, h.history_id DESC LIMIT 1),
            (SELECT COALESCE(h.route_id = s.route_id, false) FROM historical_sales h
              WHERE h.id = s.id AND h.history_type <> '-' ORDER BY h.history_date, h.history_id LIMIT 1),
            true) THEN 'link'
        ELSE 'prepaid' END AS verdict
    FROM mine r JOIN sales s ON s.route_id = r.id JOIN payments p ON p.sale_id = s.id
    WHERE (p.route_id IS NULL OR p.route_id <> s.route_id) AND p.status = 'SUCCEEDED'
      AND p.verification_status NOT IN ('PENDING_VERIFICATION', 'REJECTED')
), fallback AS (
    SELECT count(*) FILTER (WHERE verdict = 'link') AS payments, sum(amount_cents - refunded_cents) FILTER (WHERE verdict = 'link') AS cents,
           sum(amount_cents - refunded_cents) FILTER (WHERE verdict = 'link' AND channel = 'CASH') AS cash,
           sum(amount_cents - refunded_cents) FILTER (WHERE verdict = 'link' AND collected_by_id <> %(user)s) AS by_others,
           sum(allocated_cents) FILTER (WHERE verdict IN ('prepaid', 'elsewhere')) AS prepaid
    FROM through_sale
), back AS (
    SELECT COALESCE(sum(f.amount_cents), 0) AS cents, COALESCE(sum(f.amount_cents) FILTER (WHERE p.channel = 'CASH'), 0) AS cash,
           COALESCE(sum(f.amount_cents) FILTER (WHERE p.collected_by_id <> %(user)s), 0) AS by_others
    FROM payment_refunds f JOIN payments p ON p.id = f.payment_id WHERE f.settled_route_id IN (SELECT id FROM mine)
), handed AS (
    SELECT sum(c.cash_handed_over_cents) AS cents FROM route_reconciliations c WHERE c.route_id IN (SELECT id FROM mine)
)
SELECT COALESCE(linked.cents, 0) + COALESCE(fallback.cents, 0) + back.cents AS payments_cents,
       linked.payments + fallback.payments AS payments_counted, sold.net, sold.back, owed.cents, linked.cash, fallback.cash,
       linked.by_others, fallback.by_others, fallback.prepaid, back.cash, back.by_others, handed.cents
FROM sold, owed, linked, fallback, back, handed
