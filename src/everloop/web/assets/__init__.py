"""The files that a page loads: one style sheet, one script, one mark. Their names change when they do."""

from functools import cache
from importlib.resources import files

from everloop.records.codec import digest_of

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
NAMES = ("page.css", "live.js", "mark.svg")


@cache
def asset(name: str) -> bytes:
    """The bytes of one of `NAMES`."""
    if name not in NAMES:
        raise KeyError(name)
    return files(__package__).joinpath(name).read_bytes()


@cache
def url_of_asset(name: str) -> str:
    """Where a page finds it; browsers may keep it for ever."""
    stem, _, kind = name.partition(".")
    return f"/assets/{stem}.{digest_of(asset(name))[:16]}.{kind}"


@cache
def assets_by_url() -> dict[str, tuple[bytes, str]]:
    """Bytes and type of each, by its URL."""
    return {url_of_asset(name): (asset(name), TYPES[name.rpartition(".")[2]]) for name in NAMES}
