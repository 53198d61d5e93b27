"""How much is asked, and how fast the answers come."""

from everloop.web.charts.sparkline import sparkline
from everloop.web.components import commands, part
from everloop.web.figures import count, milliseconds, rate, share
from everloop.web.html import Child, Html, element, joined
from everloop.web.seen import Seen
from everloop.web.traffic import POINTS, Traffic


def traffic_part(seen: Seen) -> Html:
    """Answers a second, latency, failures; or how to ask for a first answer."""
    traffic = seen.traffic
    if traffic is None or seen.status is None:
        return part("traffic", "Traffic", element("p", "Nothing answers here yet.", class_="muted"))
    if seen.serving is None:
        told = element(
            "p", "The data plane does not run: nothing is answered.", class_="bad-text", role="alert"
        )
        return part("traffic", "Traffic", told)
    if traffic.requests == 0 and not traffic.over_s and seen.champion is not None:
        return part("traffic", "Traffic", *_teaching(seen))
    return part(
        "traffic",
        "Traffic",
        sparkline(traffic.rates, POINTS),
        element("dl", _figures(traffic), class_="tiles"),
        element("p", _over(traffic), class_="note muted"),
    )


def _figures(traffic: Traffic) -> Html:
    asked = "–" if traffic.rate is None else rate(traffic.rate)
    return joined(
        _tile("answers / s", asked),
        _tile("p50", _latency(traffic.p50_s)),
        _tile("p99", _latency(traffic.p99_s)),
        _tile("failed", _failed(traffic)),
    )


def _tile(name: str, value: Child) -> Html:
    return element("div", element("dt", name), element("dd", value), class_="tile")


def _latency(seconds: float | None) -> str:
    return "–" if seconds is None else milliseconds(seconds)


def _failed(traffic: Traffic) -> Html:
    if traffic.requests == 0:
        return element("span", "–")
    bad = traffic.failed / traffic.requests
    return element("span", share(bad) if bad else "0", class_="bad-text" if bad > 0.01 else None)


def _over(traffic: Traffic) -> str:
    if not traffic.over_s:
        return f"Latency and failures of {count(int(traffic.requests))} requests since the start."
    return "Over the last minute, measured in the workers."


def _teaching(seen: Seen) -> tuple[Html, ...]:
    assert seen.champion is not None
    assert seen.serving is not None
    if seen.champion.served_elsewhere:
        return (
            element(
                "p",
                "No answer has come by yet. Put the proxy between your callers and the server that answers:",
            ),
            commands(f"everloop proxy --upstream URL --endpoint {seen.endpoint}"),
        )
    columns = seen.champion.signature.columns[:3]
    values = ", ".join(f'"{c.name}": ...' for c in columns)
    more = ", ..." if len(seen.champion.signature.columns) > len(columns) else ""
    return (
        element("p", "Nobody has asked yet. Ask for a first answer:"),
        commands(
            f"curl {seen.serving.url}/endpoints/{seen.endpoint}/invocations \\",
            "  -H 'Content-Type: application/json' \\",
            f"  -d '{{\"instances\": [{{{values}{more}}}]}}'",
        ),
    )
