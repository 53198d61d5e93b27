"""Rules that turn evidence into a verdict: pass, fail or undecided, with a stated chance of being wrong."""
