"""This version knows no users, so it listens where only this machine can reach it."""

import ipaddress

from everloop.errors import SettingsError


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`; never true of a name other than `localhost`.

    >>> [is_loopback(h) for h in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "127.example.com")]
    [True, True, True, False, False]
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_loopback(host: str, setting: str) -> None:
    """Raises SettingsError if `host`, the value of `setting`, can be reached from elsewhere."""
    if not is_loopback(host):
        raise SettingsError(
            f"`{setting}` = {host!r} can be reached from elsewhere, and nobody would be asked who they are.",
            remedy="Keep 127.0.0.1, and put a proxy that knows your users before it.",
        )
