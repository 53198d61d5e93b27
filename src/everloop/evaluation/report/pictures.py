"""Pictures of a report, as SVG: drawn by Vega-Lite, without a browser and without a network."""

from collections.abc import Mapping, Sequence
from typing import Any

from everloop.evaluation.report.facts import Facts
from everloop.records.cycle import Judged

COLOURS = {"pass": "#2a7f4f", "fail": "#b3372f", "undecided": "#8a6d1f"}
WIDTH = 560
ROW = 34

Spec = Mapping[str, Any]


def gates_picture(judged: Sequence[Judged]) -> str | None:
    """Each gate's value with its interval and its limit; None where no gate has an interval."""
    rows = [
        {
            "gate": f"{each.candidate}: {v.name}",
            "value": v.value,
            "low": v.low if v.low is not None else v.value,
            "high": v.high if v.high is not None else v.value,
            "limit": v.limit,
            "verdict": v.verdict,
        }
        for each in judged
        for v in each.verdicts
        if v.value is not None and (v.low is not None or v.high is not None)
    ]
    if not rows:
        return None
    row = {"field": "gate", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 260}}
    colour = {
        "field": "verdict",
        "type": "nominal",
        "scale": {"domain": list(COLOURS), "range": list(COLOURS.values())},
    }
    across = {"type": "quantitative", "title": "value, its interval, and the limit", "scale": {"zero": False}}
    return svg(
        {
            "width": WIDTH,
            "height": {"step": ROW},
            "data": {"values": rows},
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 3},
                    "encoding": {
                        "y": row,
                        "x": {**across, "field": "low"},
                        "x2": {"field": "high"},
                        "color": colour,
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 70},
                    "encoding": {"y": row, "x": {**across, "field": "value"}, "color": colour},
                },
                {
                    "mark": {"type": "tick", "color": "#222", "thickness": 2, "size": 22},
                    "encoding": {"y": row, "x": {**across, "field": "limit"}},
                },
            ],
        }
    )


def path_picture(facts: Facts) -> str | None:
    """The candidate's lead as it was known over time, with its band; None where nothing was known."""
    points = [
        {"at": p.at.isoformat(), "value": p.value, "low": p.low, "high": p.high}
        for p in facts.path
        if p.low is not None and p.high is not None
    ]
    if not points:
        return None
    margin = facts.cycle.policy.rollout.margin
    at = {"field": "at", "type": "temporal", "title": None, "scale": {"type": "utc"}}
    lead = {"type": "quantitative", "title": "candidate minus champion, better is up"}
    return svg(
        {
            "width": WIDTH,
            "height": 240,
            "data": {"values": points},
            "layer": [
                {
                    "mark": {"type": "area", "opacity": 0.25, "color": "#35618f"},
                    "encoding": {"x": at, "y": {**lead, "field": "low"}, "y2": {"field": "high"}},
                },
                {
                    "mark": {"type": "line", "color": "#35618f"},
                    "encoding": {"x": at, "y": {**lead, "field": "value"}},
                },
                {"mark": {"type": "rule", "color": "#222"}, "encoding": {"y": {"datum": 0}}},
                {
                    "mark": {"type": "rule", "color": COLOURS["fail"], "strokeDash": [4, 4]},
                    "encoding": {"y": {"datum": -margin}},
                },
            ],
        }
    )


def svg(spec: Spec) -> str:
    """The picture of a Vega-Lite specification whose data are in it: nothing is loaded from anywhere."""
    import vl_convert

    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "background": "white", **spec}
    picture: str = vl_convert.vegalite_to_svg(whole, vl_version="5.20", allowed_base_urls=[])
    return picture
