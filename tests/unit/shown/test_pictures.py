import xml.etree.ElementTree as ElementTree

from everloop.shown.pictures import HEIGHT, WIDTH, band, bars, split


def shapes(picture: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture).iter(tag))


def test_a_band_lies_between_its_lows_and_its_highs():
    made = band([(0.0, 0.5, 1.0), (0.2, 0.4, 0.6)], said="accuracy")
    (line,) = shapes(made, "polyline")
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    assert points[0][0] < points[1][0] <= WIDTH
    assert points[0][1] == HEIGHT / 2
    assert points[1][1] > points[0][1]
    (area,) = shapes(made, "polygon")
    assert len(area.get("points").split()) == 4


def test_of_one_point_there_is_no_line():
    assert band([(0.0, 0.5, 1.0)], said="accuracy") == ""


def test_values_that_are_all_equal_make_a_flat_line():
    (line,) = shapes(band([(1.0, 1.0, 1.0)] * 3, said="flat"), "polyline")
    assert len({point.split(",")[1] for point in line.get("points").split()}) == 1


def test_shares_fill_the_bar():
    rects = shapes(split([("a", 0.9), ("b", 0.1)], said="shares"), "rect")
    assert [float(r.get("width")) for r in rects] == [0.9 * WIDTH, round(0.1 * WIDTH, 1)]
    assert float(rects[1].get("x")) == 0.9 * WIDTH


def test_a_bar_that_is_marked_has_another_colour_and_names_are_escaped():
    made = bars([("<a>", 0.1, False), ("b", 0.4, True)], limit=0.2, said="drift")
    first, second = shapes(made, "rect")
    assert first.get("fill") != second.get("fill")
    assert float(second.get("width")) == 4 * float(first.get("width"))
    assert next(t.text for t in shapes(made, "text")) == "<a>"
