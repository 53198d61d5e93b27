import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.serving.split import Place, Split

KEYS = [f"customer-{number}".encode() for number in range(100_000)]
SALTED = Place("pepper")
PLACES = [Place.of(SALTED.hash(key)) for key in KEYS]


def owners(*shares: float) -> list[int]:
    split = Split(shares)
    return [split.at(place) for place in PLACES]


def test_ten_percent_is_ten_percent_within_three_thousandths():
    found = owners(0.9, 0.1)
    assert abs(found.count(1) / len(found) - 0.1) < 0.003


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.6, 0.3, 0.1), (0.25, 0.25, 0.25, 0.25)])
def test_every_variant_gets_its_share(shares: tuple[float, ...]):
    found = owners(*shares)
    for variant, share in enumerate(shares):
        assert abs(found.count(variant) / len(found) - share) < 0.005


def test_a_key_stays_while_the_shares_stand():
    again = Place("pepper")
    assert [Place.of(again.hash(key)) for key in KEYS[:1000]] == PLACES[:1000]


def test_another_salt_deals_the_keys_anew():
    other = Place("salt")
    both = sum(
        Place.of(other.hash(key)) < 0.5 and place < 0.5 for key, place in zip(KEYS, PLACES, strict=True)
    )
    assert abs(both / len(KEYS) - 0.25) < 0.005


@pytest.mark.parametrize(
    ("before", "after", "widened"),
    [
        ((0.9, 0.1), (0.7, 0.3), 1),
        ((0.9, 0.1), (0.0, 1.0), 1),
        ((0.7, 0.2, 0.1), (0.5, 0.4, 0.1), 1),
        ((0.7, 0.2, 0.1), (0.4, 0.2, 0.4), 2),
        ((0.7, 0.1, 0.1, 0.1), (0.5, 0.1, 0.1, 0.3), 3),
    ],
)
def test_widening_moves_keys_only_from_the_champion(before: tuple, after: tuple, widened: int):
    moved = {(a, b) for a, b in zip(owners(*before), owners(*after), strict=True) if a != b}
    assert moved == {(0, widened)}


def test_narrowing_gives_keys_back_to_the_champion_alone():
    moved = {(a, b) for a, b in zip(owners(0.5, 0.5), owners(1.0, 0.0), strict=True) if a != b}
    assert moved == {(1, 0)}


def test_a_variant_without_a_share_gets_nobody():
    assert Split([1.0, 0.0]).is_whole
    assert set(owners(1.0, 0.0)) == {0}
    assert set(owners(0.0, 1.0)) == {1}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0, 1, exclude_max=True))
def test_every_place_has_an_owner_that_has_a_share(raw: list[float], place: float):
    total = sum(raw) or 1.0
    shares = [share / total for share in raw]
    owner = Split(shares).at(place)
    assert owner == 0 or shares[owner] > 0


def test_the_largest_hash_is_still_below_one():
    assert Place.of(b"\xff" * 8) < 1.0
