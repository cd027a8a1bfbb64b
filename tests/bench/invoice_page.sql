-- A page of overdue invoices with customer and money, written by hand.
SELECT i.id, i.number, c.id, c.number, c.name, i.source, i.total_cents, i.allocated_cents, i.credited_cents, i.currency,
       i.total_cents - i.allocated_cents AS balance, i.issued_at, i.due_at, i.paid_at
FROM invoices i JOIN customers c ON c.id = i.customer_id
WHERE i.tenant_id = %(tenant)s AND i.deleted_at IS NULL AND {condition}
ORDER BY i.issued_at DESC, i.id DESC LIMIT 50 OFFSET {offset}
