"""What can be asked of a workspace. A query changes nothing."""
