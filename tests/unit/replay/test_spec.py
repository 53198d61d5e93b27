import pytest

import everloop as el
from everloop.errors import InvalidRequest
from everloop.replay.spec import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shift:columns=pixel_*,by=3,from=1000", el.Shift(columns=("pixel_*",), by=3.0, start=1000)),
        ("contrast:factor=0.5,around=8,to=20", el.Contrast(factor=0.5, around=8.0, stop=20)),
        (
            "rotation:degrees=-15,columns=a+b,ramp=100",
            el.Rotation(degrees=-15.0, columns=("a", "b"), ramp=100),
        ),
        ("missing", el.Missing()),
        ("unknown: share=0.5, value=martian", el.Unknown(share=0.5, value="martian")),
        ("late:by=2h", el.LateOutcomes(by="2h")),
        ("dropped:share=1,from=5", el.DroppedOutcomes(share=1.0, start=5)),
    ],
)
def test_a_distortion_is_written_as_it_is_called(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("shfit:by=3", "Did you mean `shift`?"),
        ("fire", "Known: shift, contrast, rotation, missing, unknown, late, dropped."),
        ("shift:columns=a", "needs `by`"),
        ("shift:by=much", "by='much'"),
        ("shift:by=1,from=1.5", "a whole number"),
        ("shift:by=1,colums=a", "Did you mean `columns`?"),
        ("missing:0.3", "is no `name=value`"),
    ],
)
def test_what_is_none_is_told_with_what_would_do(text, told):
    with pytest.raises(InvalidRequest) as refused:
        parse(text)
    assert told in str(refused.value)
