"""The page: what an endpoint's loop does, rendered here and kept up to date in the browser."""
