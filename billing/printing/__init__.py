"""What is handed out on paper: A4, made by us as PDF."""
