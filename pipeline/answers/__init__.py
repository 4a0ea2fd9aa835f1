"""What is said back, through the door the receipt came in by."""
