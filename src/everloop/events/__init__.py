"""The append-only log of what happened, and the idempotency that rests on it."""

from everloop.events.log import append, by_key, history

__all__ = ["append", "by_key", "history"]
