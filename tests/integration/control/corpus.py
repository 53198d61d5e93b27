"""Five hundred strings that have led file servers out of their folder."""

from itertools import product
from pathlib import Path
from urllib.parse import quote

TARGETS = ("secret.txt", "etc/passwd", "proc/self/environ", ".ssh/id_rsa")
STEPS = (
    "../", "..\\", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%252f", "..%c0%af", "..%5c", "....//", "..././", "..;/",
    "\u2024\u2024/", "\uff0e\uff0e\uff0f", "..\u2215", "./../", "x/../../", ".../", "..\x00/", "../\n", "%u002e%u002e/",
)  # fmt: skip
ROOTS = (
    "/", "//", "///", "\\", "\\\\host\\share\\", "C:\\", "c:/", "file:///", "file://localhost/", "http://127.0.0.1/",
    "s3://bucket/", "~/", "~root/", "$HOME/", "${HOME}/", "%HOME%/", "\\\\?\\C:\\", "/proc/self/root/", "/dev/fd/0/",
    "churn/../../", "churn\\..\\..\\", "churn@1/../", "churn%00/", "-rf ", "| cat ", "; cat ", "`cat ", "$(cat ",
)  # fmt: skip
ODD = (
    "", " ", ".", "..", "...", "/", "\\", "~", "*", "?", "\x00", "\n", "\r\n", "\t", "\x7f", "\x1b[2J", "\ufeff",
    "\u202e", "\ud7ff", "\U0001f600", "CON", "nul", "aux.txt", "churn.", "churn ", " churn", "churn/", "/churn",
    "churn\x00.json", "churn\n", "-", "--", "-churn", "_churn", ".churn", "churn..", "a" * 64, "a" * 255, "a" * 256,
    "a" * 5000, "é" * 100, "../" * 500, "%" * 50, "{endpoint}", "{}", "%s%n", "None", "null", "0", "-1", "1e309",
    "control.json", "metadata.db", "current.json", "../metadata.db", "../secrets/control-token", "..%2fsecrets",
)  # fmt: skip


def corpus(sentinel: Path) -> list[str]:
    """The strings; some lead to `sentinel`, by its own path."""
    climbing = [step * depth + target for step, depth, target in product(STEPS, (1, 2, 4, 9), TARGETS)]
    rooted = [root + target for root, target in product(ROOTS, TARGETS)]
    own = str(sentinel)
    told = [
        own,
        own[1:],
        f"file://{own}",
        quote(own, safe=""),
        own.replace("/", "\\"),
        f"..{own}",
        f"{own}\x00",
    ]
    strings = list(dict.fromkeys([*told, *ODD, *rooted, *climbing]))
    assert len(strings) >= 490
    return strings[:500]
