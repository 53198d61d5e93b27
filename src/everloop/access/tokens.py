"""The control token: made at first use, kept in a file that only its owner reads.

Whoever can read the file is the person whose workspace it is. A token is `evl_`, 26 random characters, and 6
of a checksum, so that scanners find a leaked one and a mistyped one is known without asking anybody.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from everloop.errors import WorkspaceUnusable
from everloop.stores.durable import write_new
from everloop.stores.layout import Layout

PREFIX = "evl_"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
RANDOM = 26  # characters of 5 bits: 130 bits
CHECKED = 6  # characters of 5 bits


def new_token() -> str:
    """A token nobody has."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return f"{PREFIX}{body}{_checksum(body)}"


def is_token(text: str) -> bool:
    """Whether `text` could be a token: its form and its checksum are right.

    >>> is_token("evl_" + "0" * 32)
    False
    """
    body, checksum = text[len(PREFIX) : -CHECKED], text[-CHECKED:]
    return text.startswith(PREFIX) and len(body) == RANDOM and checksum == _checksum(body)


def is_same(given: str, known: str) -> bool:
    """Whether the two are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.encode(), known.encode())


def control_token(layout: Layout) -> str:
    """This workspace's control token, made if there is none.

    Raises WorkspaceUnusable if others may read the file, or if what it holds is no token.
    """
    path = layout.secrets / "control-token"
    try:
        return _kept(path)
    except FileNotFoundError:
        _keep(path, new_token())
        return _kept(path)
    except OSError as error:
        raise WorkspaceUnusable(f"{path} cannot be read: {error.strerror}.") from error


def _kept(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        if mode & 0o077:
            raise WorkspaceUnusable(
                f"{path} may be read by others (mode {mode:04o}).", remedy=f"Run `chmod 600 {path}`."
            )
        token = file.read(1024).strip()
    if not is_token(token):
        raise WorkspaceUnusable(f"{path} holds no token.", remedy="Remove it; a new one is made.")
    return token


def _keep(path: Path, token: str) -> None:
    """Written aside and linked, so that it is there whole or not at all, and of two makers one wins."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(aside, f"{token}\n".encode())
        os.link(aside, path)
    except FileExistsError:
        pass  # somebody else's is there, and is the one
    except OSError as error:
        raise WorkspaceUnusable(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        aside.unlink(missing_ok=True)


def _checksum(body: str) -> str:
    """Of accidents, not of ill will: the first 30 bits of a SHA-256."""
    value = int.from_bytes(hashlib.sha256(body.encode()).digest()[:4]) >> 2
    return "".join(ALPHABET[(value >> 5 * place) & 31] for place in reversed(range(CHECKED)))
