"""The report of a cycle, as it is kept."""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReport:
    """Markdown, and the pictures that it names, as SVG."""

    FORMAT: ClassVar[str] = "everloop.cycle-report/1"

    cycle: str
    markdown: str
    pictures: dict[str, str] = field(default_factory=dict)  # by file name
