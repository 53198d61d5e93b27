"""A picture, read back as the XML that it is."""

import re
from xml.etree import ElementTree

import pytest

from everloop.evaluation.picture.drawn import Line, Mark, Point, Scene
from everloop.evaluation.picture.quality_picture import quality_picture

SVG = "{http://www.w3.org/2000/svg}"


def line(name, *values, role="champion", start=0):
    points = [
        Point(x=start + 50 * n, value=v, low=v - 0.1, high=min(1.0, v + 0.1)) for n, v in enumerate(values)
    ]
    return Line(name=name, role=role, points=points)


def scene(*lines, marks=()):
    return Scene(
        title="Digits & <letters>",
        subtitle='"read"',
        across="answers",
        end=400.0,
        lines=lines,
        marks=marks,
    )


def drawn(found):
    return ElementTree.fromstring(quality_picture(found))


def texts(root, kind):
    return [node.text for node in root.iter(f"{SVG}text") if node.get("class") == kind]


def places(path):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", path)]


MARKS = [
    Mark(x=100, kind="promoted", what="digits@2 promoted", why="no worse: " + "shown on many rows " * 3),
    Mark(x=101, kind="refused", what="digits@3 refused", why="its labels <were> shuffled"),
    Mark(x=250, kind="world", what="Scanner replaced", why="fainter"),
]


def test_each_mark_is_told_with_its_reason_in_words():
    root = drawn(scene(line("digits@1", 0.8, 0.9), marks=MARKS))
    assert texts(root, "what") == [mark.what for mark in MARKS]
    assert " ".join(texts(root, "why")).split() == " ".join(mark.why for mark in MARKS).split()


def test_marks_are_numbered_alike_above_the_plot_and_below_it():
    numbers = texts(drawn(scene(marks=MARKS)), "number")
    assert numbers == ["1", "2", "3", "1", "2", "3"]


def test_numbers_of_marks_that_lie_close_do_not_cover_each_other():
    root = drawn(scene(marks=MARKS))
    circles = [float(node.get("cx")) for node in root.iter(f"{SVG}circle")][:3]
    radius = float(next(root.iter(f"{SVG}circle")).get("r"))
    assert circles[1] - circles[0] >= 2 * radius


def test_what_happens_to_the_world_has_a_ground_from_there_on():
    (ground,) = [n for n in drawn(scene(marks=MARKS)).iter(f"{SVG}rect") if n.get("class") == "changed"]
    (mark,) = [n for n in drawn(scene(marks=MARKS)).iter(f"{SVG}path") if n.get("class") == "mark world"]
    assert float(ground.get("x")) == pytest.approx(places(mark.get("d"))[2])


def test_better_is_up_and_later_is_right():
    (curve,) = [n for n in drawn(scene(line("a", 0.6, 0.9))).iter(f"{SVG}path") if n.get("class") == "curve"]
    found = places(curve.get("d"))
    assert found[0] < found[-2]  # x
    assert found[1] > found[-1]  # y grows downwards


def test_equal_values_lie_on_the_grid_line_that_names_them():
    root = drawn(scene(line("a", 0.8, 0.8)))
    (curve,) = [n for n in root.iter(f"{SVG}path") if n.get("class") == "curve"]
    heights = {
        round(float(n.get("y")) - 4.5, 1)
        for n in root.iter(f"{SVG}text")
        if n.get("class") == "tick" and n.text == "80%"
    }
    assert heights == {places(curve.get("d"))[1]}


def test_a_candidate_is_drawn_in_its_own_way():
    root = drawn(scene(line("a", 0.8, 0.9), line("b", 0.4, 0.5, role="candidate")))
    assert texts(root, "name") == ["a"]
    assert texts(root, "way-name") == ["b"]


def test_a_single_point_shows_its_interval():
    root = drawn(scene(line("a", 0.8)))
    assert [n.get("class") for n in root.iter(f"{SVG}rect")] == ["ground", "band"]


def test_a_line_without_a_point_is_left_out():
    assert texts(drawn(scene(line("a"))), "name") == []


def test_nothing_is_loaded_from_anywhere():
    found = quality_picture(scene(line("a", 0.8, 0.9), marks=MARKS))
    assert re.findall(r"https?://[^\"]+", found) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<image|<foreignObject|url\(|@import|href", found)


def test_dark_pages_get_colours_of_their_own_and_viewers_without_them_the_light_ones():
    found = quality_picture(scene())
    light, _, dark = found.partition("@media (prefers-color-scheme: dark)")
    assert ".ground { fill: #ffffff" in light
    assert ".ground { fill: #0d1117" in dark


def test_a_long_reason_is_cut_and_says_so():
    root = drawn(scene(marks=[Mark(x=1, kind="refused", what="a", why="word " * 200)]))
    lines = texts(root, "why")
    assert len(lines) == 4
    assert lines[-1].endswith("…")


@pytest.mark.parametrize("role", ["champion", "candidate"])
def test_a_name_at_the_right_edge_lies_within_the_picture(role):
    root = drawn(scene(line("digits@1, never replaced", 0.8, 0.9, role=role, start=345)))
    kinds = {"champion": "name", "candidate": "way-name"}
    (name,) = [node for node in root.iter(f"{SVG}text") if node.get("class") == kinds[role]]
    assert float(name.get("x")) + 8 * len(name.text) <= 1200


def test_numbers_are_told_as_numbers_with_nothing_at_the_bottom():
    points = [Point(x=0, value=40, low=30, high=50), Point(x=400, value=80, low=70, high=95)]
    numbers = Scene(
        title="",
        subtitle="",
        across="answers",
        end=400.0,
        lines=[Line(name="a", role="champion", points=points)],
        marks=[],
        values="numbers",
    )
    ticks = texts(drawn(numbers), "tick")
    assert ticks[:6] == ["100", "80", "60", "40", "20", "0"]
