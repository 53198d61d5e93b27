"""The report of a cycle: what happened, on what evidence, and why."""
