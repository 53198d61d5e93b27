"""The colours of a picture, on light and on dark pages. It has a ground of its own, so that it is readable on any."""

from collections.abc import Mapping

CLASSES = {  # of a mark's kind
    "live": "live",
    "promoted": "promoted",
    "refused": "refused",
    "rolled back": "refused",
    "alert": "alert",
    "world": "world",
}
LIGHT = {
    "ground": "#ffffff",
    "edge": "#d0d7de",
    "ink": "#1f2328",
    "soft": "#59636e",
    "grid": "#e6eaef",
    "line": "#0b6bcb",
    "way": "#b35900",
    "changed": "#f4f0fb",
    "number": "#ffffff",
    "live": "#57606a",
    "promoted": "#18794e",
    "refused": "#b42318",
    "alert": "#b35900",
    "world": "#7a4bc2",
}
DARK = {
    "ground": "#0d1117",
    "edge": "#30363d",
    "ink": "#e6edf3",
    "soft": "#9198a1",
    "grid": "#21262d",
    "line": "#58a6ff",
    "way": "#e3a33d",
    "changed": "#191527",
    "number": "#0d1117",
    "live": "#8b949e",
    "promoted": "#3fb950",
    "refused": "#ff7b72",
    "alert": "#e3a33d",
    "world": "#b392f0",
}
SHAPES = """
text { font-family: "Segoe UI", "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif;
  font-size: 14px }
.title { font-size: 24px; font-weight: 600 }
.tick, .axis { font-size: 13px }
.band { opacity: .17 }
.way-band { opacity: .14 }
.curve { fill: none; stroke-width: 3; stroke-linejoin: round; stroke-linecap: round }
.way-curve { fill: none; stroke-width: 2.5; stroke-dasharray: 1 6; stroke-linecap: round }
.name, .way-name { font-weight: 600 }
.mark { stroke-width: 1.5; stroke-dasharray: 4 4; fill: none }
.number { font-size: 13px; font-weight: 700 }
.what { font-weight: 600; font-size: 14.5px }
.why { font-size: 13.5px }
"""


def style() -> str:
    """The rules of a picture: for light pages, and over them for dark ones where the reader asks for that."""
    return f"{SHAPES}{_colours(LIGHT)}@media (prefers-color-scheme: dark) {{\n{_colours(DARK)}}}\n"


def _colours(of: Mapping[str, str]) -> str:
    rules = {
        "text": f"fill: {of['ink']}",
        ".ground": f"fill: {of['ground']}; stroke: {of['edge']}",
        ".changed": f"fill: {of['changed']}",
        ".subtitle, .tick, .axis, .why": f"fill: {of['soft']}",
        ".grid": f"stroke: {of['grid']}",
        ".band, .dot, .name": f"fill: {of['line']}",
        ".way-band, .way-dot, .way-name": f"fill: {of['way']}",
        ".curve": f"stroke: {of['line']}",
        ".way-curve": f"stroke: {of['way']}",
        ".number": f"fill: {of['number']}",
    }
    for kind in dict.fromkeys(CLASSES.values()):
        rules[f".{kind}"] = f"stroke: {of[kind]}"
        rules[f".badge-{kind}"] = f"fill: {of[kind]}"
    return "".join(f"{name} {{ {rule} }}\n" for name, rule in rules.items())
