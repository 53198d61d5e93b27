"""Check C2: cut anywhere, flip anything; what lies before is read, and nothing crashes."""

import random

import pytest

from everloop.errors import StoredFormatUnknown
from everloop.ledger.capture import FORMAT
from everloop.ledger.folder import parse_segment
from everloop.ledger.frames import MARK, Frame, Hole, Kind, read_frames, to_frame
from everloop.ledger.segment import SegmentLog
from everloop.testing.capture_exam import answered, context, received


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The bytes of a segment of 40 groups, and where each of them ends."""
    folder = tmp_path_factory.mktemp("capture")
    log = SegmentLog(folder)
    number, ends = log.context(context()), []
    for n in range(40):
        log.append([answered(n, context=number)], [received(n)] if n % 4 == 0 else ())
        (path,) = folder.iterdir()
        ends.append(path.stat().st_size)
    data = path.read_bytes()
    log.close()
    return data, ends


def read_ids(data):
    segment = parse_segment("w-000000", data, sealed=True)
    return [i for group in segment.answers for a in group for i in a.ids], segment


def test_a_cut_at_every_byte_of_the_last_group_costs_that_group_alone(written):
    data, ends = written
    for cut in range(ends[-2], ends[-1]):
        found, segment = read_ids(data[:cut])
        assert found == [f"p{n}" for n in range(39)]
        assert segment.torn_bytes == cut - ends[-2]
        assert segment.damage == []


def test_a_thousand_flipped_bytes_never_cost_an_earlier_row(written):
    data, ends = written
    chance = random.Random(7)
    for _ in range(1000):
        at, change = chance.randrange(ends[0], len(data)), chance.randrange(1, 256)
        flipped = bytearray(data)
        flipped[at] ^= change
        found, segment = read_ids(bytes(flipped))
        whole = sum(end <= at for end in ends)
        assert found[:whole] == [f"p{n}" for n in range(whole)]
        assert len(found) >= 39, "and a later one neither, but for the frame that was hit"
        assert len(segment.damage) + (segment.torn_bytes > 0) == 1, "reported once"


def test_a_flipped_header_or_context_still_lets_the_rest_be_read(written):
    data, ends = written
    for at in range(0, ends[0], 3):
        flipped = bytearray(data)
        flipped[at] ^= 0xFF
        _, segment = read_ids(bytes(flipped))
        assert sum(len(group) for group in segment.answers) >= 39


def test_a_thousand_flips_at_once_do_not_crash_the_reader(written):
    data, _ = written
    chance = random.Random(11)
    flipped = bytearray(data)
    for _ in range(1000):
        flipped[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    _, segment = read_ids(bytes(flipped))
    assert segment.damaged_bytes + segment.torn_bytes > 0


def test_every_byte_is_accounted_for(written):
    data, _ = written
    broken = data[:500] + b"?" * 70 + data[600:-9]
    parts = list(read_frames(broken))
    covered = [(p.start, p.end) if isinstance(p, Hole) else (None, p.end) for p in parts]
    at = 0
    for start, end in covered:
        assert start in (None, at)
        at = end
    assert at == len(broken)


def test_the_mark_inside_a_payload_is_not_taken_for_a_frame():
    inner = to_frame(Kind.OUTCOMES, [received(1)])
    data = to_frame(Kind.END, inner) + to_frame(Kind.END, MARK * 5)
    assert [type(part) for part in read_frames(data)] == [Frame, Frame]


def test_a_sector_of_zeros_at_the_end_is_damage_not_a_torn_write(written):
    data, ends = written
    _, segment = read_ids(data[: ends[-1]] + bytes(512))
    assert segment.damaged_bytes == 512
    assert segment.damage == [f"bytes {ends[-1]} to {ends[-1] + 512}: no whole frame"]


def test_an_empty_file_is_an_empty_segment():
    found, segment = read_ids(b"")
    assert (found, segment.damage, segment.torn_bytes) == ([], [], 0)


def test_a_newer_format_is_refused_by_name():
    data = to_frame(Kind.HEADER, ("everloop.capture/2", "w", 0, None))
    with pytest.raises(StoredFormatUnknown, match=f"not {FORMAT}"):
        parse_segment("w-000000", data, sealed=True)
