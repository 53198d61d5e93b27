"""How rows and answers stand in the bodies that other servers take and give."""
