"""What a person or the loop can do, a file for each, and what can be asked."""
