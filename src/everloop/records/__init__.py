"""Frozen facts: what every room passes to every other, and what is stored."""
