"""Named tables that grow: what rows are taken, their schema, their versions and what changed between them."""
