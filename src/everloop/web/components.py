"""What the parts of the page are made of."""

from typing import Literal

from everloop.records.verdict import Judgement, Verdict
from everloop.web.figures import Unit, amount, span
from everloop.web.html import Child, Html, element, joined

Tone = Literal["champion", "candidate", "good", "bad", "wait", "quiet"]

TONES: dict[Judgement, Tone] = {"pass": "good", "fail": "bad", "undecided": "wait"}
SIGNS: dict[Judgement, str] = {"pass": "✓", "fail": "✕", "undecided": "…"}


def part(name: str, title: Child, *children: Child, class_: str = "", aside: Child = None) -> Html:
    """A card with its heading; `name` is the id under which it is kept up to date."""
    heading = element("h2", title, id=f"{name}-title")
    top = element("header", heading, aside, class_="card-top")
    return element(
        "section", top, *children, id=name, class_=f"card {class_}".strip(), aria_labelledby=f"{name}-title"
    )


def nothing(name: str) -> Html:
    """A part that has nothing to show now, but may later."""
    return element("section", id=name, hidden=True)


def pill(text: Child, tone: Tone = "quiet") -> Html:
    """A short word about a state."""
    return element("span", text, class_=f"pill {tone}")


def verdict_pill(verdict: Verdict) -> Html:
    """Pass, fail or undecided: a sign and a word, so that colour alone tells nothing."""
    sign = element("span", SIGNS[verdict.verdict], aria_hidden="true")
    return pill(joined(sign, " ", verdict.verdict), TONES[verdict.verdict])


def version(name: str, tone: Tone) -> Html:
    """A model version."""
    return element("span", name, class_=f"version {tone}")


def prose(text: str) -> Html:
    """A sentence whose `commands` stand between backticks."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # one is left open: then it is no code
        return joined(text)
    return joined(element("code", piece) if place % 2 else piece for place, piece in enumerate(pieces))


def commands(*lines: str) -> Html:
    """Lines to type, as they are typed."""
    return element("pre", element("code", "\n".join(lines)), tabindex=0)


def facts(*pairs: tuple[Child, Child]) -> Html:
    """Names and what they are."""
    rows = (element("div", element("dt", name), element("dd", value)) for name, value in pairs if value)
    return element("dl", *rows, class_="facts")


def measured(value: float | None, low: float | None, high: float | None, unit: Unit, *, signed: bool) -> Html:
    """A value with its interval."""
    if value is None:
        return element("span", "nothing yet", class_="muted")
    told = element("strong", amount(value, unit, signed=signed))
    between = span(low, high, unit)
    return joined(told, element("span", f" {between}", class_="interval") if between else None)


def capital(text: str) -> str:
    """A sentence's beginning; a name that begins it stays as it is written.

    >>> capital("nothing to do."), capital("churn@2 bakes.")
    ('Nothing to do.', 'churn@2 bakes.')
    """
    first = text.partition(" ")[0].rstrip(".,;:")
    return text if not first.isalpha() else text[:1].upper() + text[1:]
