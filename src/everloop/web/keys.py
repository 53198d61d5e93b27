"""The key in the link that opens the page: good once, and for a few minutes.

A key is made and checked with the workspace's control token, which only its owner can read, so whoever can make one is
the owner. `everloop up` and `everloop page` make them without asking anybody.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from everloop.clock import Clock

LIFE = timedelta(minutes=15)
NONCE = 12  # bytes
PROOF = 16  # bytes of the HMAC
WRONG_FREE = 5  # wrong keys in a row that are answered at once; the next ones wait


def new_key(secret: str, now: datetime) -> str:
    """A key nobody has, 43 characters of base 64 for URLs."""
    body = int(now.timestamp()).to_bytes(4) + secrets.token_bytes(NONCE)
    return base64.urlsafe_b64encode(body + _proof(secret, body)).rstrip(b"=").decode()


class Keys:
    """Takes each key once. What it remembers is bounded by how many keys the owner makes within their life."""

    def __init__(self, secret: str, clock: Clock) -> None:
        """Keys made before now do not count: an earlier process may have taken them."""
        self._secret = secret
        self._clock = clock
        self._started = clock.now().replace(microsecond=0)
        self._taken: dict[bytes, datetime] = {}
        self.wrong = 0  # in a row

    def take(self, key: str) -> bool:
        """Whether `key` is a good one; it is good no more afterwards."""
        now = self._clock.now()
        self._taken = {body: at for body, at in self._taken.items() if now - at <= 2 * LIFE}
        body = self._proven(key)
        if body is None or body in self._taken or not self._is_fresh(body, now):
            self.wrong += 1
            return False
        self._taken[body] = now
        self.wrong = 0
        return True

    def _proven(self, key: str) -> bytes | None:
        try:
            raw = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        body, proof = raw[:-PROOF], raw[-PROOF:]
        right = len(body) == 4 + NONCE and hmac.compare_digest(proof, _proof(self._secret, body))
        return body if right else None

    def _is_fresh(self, body: bytes, now: datetime) -> bool:
        made = datetime.fromtimestamp(int.from_bytes(body[:4]), tz=now.tzinfo)
        return self._started <= made <= now + LIFE and now - made <= LIFE


def _proof(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), b"everloop.page-key/1\0" + body, hashlib.sha256).digest()[:PROOF]
