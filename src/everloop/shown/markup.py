"""Tables as HTML for notebooks: every text is escaped where it enters, colours are those of the page around it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

LINE = "1px solid rgba(128,128,128,.35)"
MOST_ROWS = 20
LONGEST = 200  # characters of a cell
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Markup(str):
    """HTML that is safe as it is. Everything else is text."""

    __slots__ = ()


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", newest_last: bool = False
) -> Markup:
    """Rows under their heads; of very many the first, or the newest, with how many are left out.

    >>> "&lt;b&gt;" in table(["what"], [["<b>"]])
    True
    """
    kept = list(rows)
    body = "".join(_row(row) for row in (kept[-MOST_ROWS:] if newest_last else kept[:MOST_ROWS]))
    like = kept[0] if kept else [""] * len(head)
    top = "".join(
        f'<th style="{_cell(value)};opacity:.7">{told(name)}</th>'
        for name, value in zip(head, like, strict=True)
    )
    more = len(kept) - MOST_ROWS
    left_out = f"after {more:,} earlier" if newest_last else f"and {more:,} more"
    foot = f'<div style="opacity:.7">{left_out}</div>' if more > 0 else ""
    return _framed(title, f"{_opened()}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{foot}")


def facts(title: str, pairs: Iterable[tuple[str, object]], *pictures: Markup) -> Markup:
    """What is known of one thing, a line each; what is empty is left out. Pictures stand below."""
    rows = "".join(
        f'<tr><th style="{_cell("")};opacity:.7">{told(name)}</th><td style="{_cell("")}">{told(value)}</td></tr>'
        for name, value in pairs
        if value not in ("", None, ())
    )
    return _framed(title, f"{_opened()}<tbody>{rows}</tbody></table>{''.join(pictures)}")


def sentences(title: str, lines: Iterable[str]) -> Markup:
    """Lines for people, indented as they are."""
    shown = "\n".join(told(line) for line in lines)
    return _framed(
        title, f'<pre style="margin:0;white-space:pre-wrap;background:none;color:inherit">{shown}</pre>'
    )


def told(value: object) -> Markup:
    """A value as text in HTML."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, datetime):
        return Markup(f"{value:%Y-%m-%d %H:%M:%S}")
    if isinstance(value, bool) or value is None:
        text = "" if value is None else "yes" if value else "no"
    elif isinstance(value, int):
        text = f"{value:,}"
    else:
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
    clean = UNSEEN.sub("\ufffd", text)
    return Markup(escape(clean if len(clean) <= LONGEST else f"{clean[:LONGEST]}…", quote=True))


def _row(row: Sequence[object]) -> str:
    cells = "".join(f'<td style="{_cell(value)}">{told(value)}</td>' for value in row)
    return f"<tr>{cells}</tr>"


def _cell(value: object) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    side = "right" if number else "left"
    wrap = "nowrap" if number or isinstance(value, datetime) else "normal"
    place = f"text-align:{side};white-space:{wrap};vertical-align:top;padding:2px 12px 2px 0"
    return f"{place};border-bottom:{LINE};background:none"


def _opened() -> str:
    return '<table style="border-collapse:collapse;color:inherit;font-size:13px;margin:0">'


def _framed(title: str, inner: str) -> Markup:
    head = f'<div style="font-weight:600;margin-bottom:4px">{told(title)}</div>' if title else ""
    return Markup(f'<div style="color:inherit;overflow-x:auto;margin:4px 0">{head}{inner}</div>')
