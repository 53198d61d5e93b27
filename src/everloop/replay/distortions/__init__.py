"""What can be done to rows on their way, and to their outcomes: one kind a file."""
