"""What is written about standing orders, the orders of a day and deliveries."""
