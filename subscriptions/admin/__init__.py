"""What staff see of standing orders, deliveries and reports."""
