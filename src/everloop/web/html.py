"""HTML and SVG as values: text is escaped wherever it enters, so a page cannot be made unsafe by forgetting to.

The only way to an `Html` is an element, and all that it is given as children and attributes is escaped, unless it is
`Html` already. Attributes that could run code cannot be written at all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Union

VOID = frozenset({"br", "hr", "input", "link", "meta"})
LINKS = frozenset({"action", "formaction", "href", "src"})
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

Value = str | int | float | bool | None
Child = Union["Html", str, int, None, Iterable["Child"]]


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that is safe to send. Made by `element` and `joined` alone."""

    text: str

    def __str__(self) -> str:
        return self.text


def element(tag: str, *children: Child, **attributes: Value) -> Html:
    """One element. `class_` is written `class`, `aria_label` is written `aria-label`.

    An attribute that is True stands without a value, one that is None or False not at all. Raises ValueError for a
    link that leads away from our own pages, and for an attribute with a script or a style in it.

    >>> str(element("p", "1 < 2 & ", element("b", "so"), class_="sum"))
    '<p class="sum">1 &lt; 2 &amp; <b>so</b></p>'
    """
    opening = f"<{_name(tag)}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    if tag in VOID:
        return Html(opening)
    return Html(f"{opening}{joined(*children)}</{tag}>")


def joined(*children: Child) -> Html:
    """Children one after another, without an element around them."""
    return Html("".join(_text(child) for child in children))


def document(*children: Child) -> bytes:
    """A whole page."""
    return f"<!doctype html>\n{joined(*children)}".encode()


def _text(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child.text
    if isinstance(child, str):
        return escape(_seen(child), quote=True)
    if isinstance(child, int):
        return str(child)
    return "".join(_text(each) for each in child)


def _attribute(name: str, value: Value) -> str:
    name = _name(name.rstrip("_").replace("_", "-"))
    if name.startswith("on") or name in ("style", "srcdoc"):
        raise ValueError(f"{name!r} is not written: behaviour and looks have files of their own.")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if name in LINKS and not re.match(r"/(?![/\\])|#", text):
        raise ValueError(f"{name}={text!r} leads away from our own pages.")
    return f' {name}="{escape(_seen(text), quote=True)}"'


def _name(name: str) -> str:
    if NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is no name of an element or attribute.")
    return name


def _seen(text: str) -> str:
    """Characters that no one sees, and that turn text around, are shown as what they are: unknown."""
    return UNSEEN.sub("�", text)
