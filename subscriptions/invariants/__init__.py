"""What is always true of standing orders and deliveries."""
