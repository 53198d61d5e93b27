import gc
import weakref
from dataclasses import replace
from pathlib import Path

import pytest

from everloop.bundles.door import open_bundle
from everloop.ledger.memory_capture import MemoryCapture
from everloop.records.routes import Variant
from everloop.serving.follower import Follower
from everloop.serving.metrics import Metrics
from everloop.stores.layout import Layout
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.testing.running_worker import publish, route


class Kit:
    def __init__(self, root: Path, run) -> None:
        self.layout = Layout(root)
        self.told: list[tuple[str, str]] = []
        self.opened: list[str] = []
        self._run = run
        self.follower = self.fresh()

    def fresh(self) -> Follower:
        return Follower(
            self.layout,
            capture=MemoryCapture(),
            metrics=Metrics(),
            max_rows=10,
            refused=lambda refused: self.told.append((refused.endpoint, refused.bundle)),
            opener=self._open,
        )

    def _open(self, root: Path, digest: str):
        self.opened.append(digest)
        return open_bundle(root, digest)

    def look(self, follower: Follower | None = None):
        return self._run((follower or self.follower).look())

    def bundle(self, weight: float) -> str:
        return linear_bundle(self.layout.bundles, numbers("a"), [[weight]])

    def spoil(self, digest: str) -> None:
        file = self.layout.bundles / digest / "model.onnx"
        file.write_bytes(b"x" + file.read_bytes()[1:])

    def publish(self, number: int, *routes) -> None:
        publish(self.layout, number, *routes)
        current = self.layout.routes / "current.json"
        (self.layout.routes / f"{number}.json").write_bytes(current.read_bytes())


@pytest.fixture
def follow(tmp_path, kit) -> Kit:
    return Kit(tmp_path, kit.loop.run_until_complete)


def served(routing) -> dict[str, list[str]]:
    return {name: [v.bundle.digest for v in e.variants] for name, e in routing.endpoints.items()}


def test_without_a_table_there_is_nothing_new(follow: Kit):
    assert follow.look() is None


def test_a_table_is_new_once(follow: Kit):
    one = follow.bundle(1)
    follow.publish(1, route("e", one))
    assert served(follow.look()) == {"e": [one]}
    assert follow.look() is None


def test_an_older_number_is_not_followed(follow: Kit):
    one, two = follow.bundle(1), follow.bundle(2)
    follow.publish(5, route("e", one))
    follow.look()
    publish(follow.layout, 4, route("e", two))
    assert follow.look() is None


def test_a_bundle_that_is_live_is_not_opened_again(follow: Kit):
    one, two = follow.bundle(1), follow.bundle(2)
    follow.publish(1, route("e", one))
    follow.look()
    follow.publish(2, route("e", one, two, shares=(0.9, 0.1)), route("f", two))
    assert served(follow.look()) == {"e": [one, two], "f": [two]}
    assert sorted(follow.opened) == sorted([one, two])


def test_a_refused_bundle_leaves_its_endpoint_as_it_was_and_others_move_on(follow: Kit):
    one, two, bad = follow.bundle(1), follow.bundle(2), follow.bundle(3)
    follow.publish(1, route("e", one), route("f", one))
    follow.look()
    follow.spoil(bad)
    follow.publish(2, route("e", one, bad, shares=(0.5, 0.5)), route("f", two))
    assert served(follow.look()) == {"e": [one], "f": [two]}
    assert follow.told == [("e", bad)]


def with_shadow(plain, digest: str):
    shadow = Variant(name="candidate", model="sign", version=2, bundle=digest, share=0.0)
    return replace(plain, shadows=(shadow,))


def shadows(routing, endpoint: str) -> list[str]:
    return [shadow.bundle.digest for shadow, _ in routing.endpoints[endpoint].variants[0].shadows]


def test_a_shadow_is_loaded_before_its_table_is_followed_and_once(follow: Kit):
    one, two = follow.bundle(1), follow.bundle(2)
    follow.publish(1, with_shadow(route("e", one), two))
    routing = follow.look()
    assert (served(routing), shadows(routing, "e")) == ({"e": [one]}, [two])
    follow.publish(2, with_shadow(route("e", one), two))
    follow.look()
    assert sorted(follow.opened) == sorted([one, two])


def test_a_refused_shadow_is_told_and_left_out_of_a_route_that_is_followed(follow: Kit):
    one, two, bad = follow.bundle(1), follow.bundle(2), follow.bundle(3)
    follow.publish(1, route("e", one))
    follow.look()
    follow.spoil(bad)
    follow.publish(2, with_shadow(route("e", two), bad))
    routing = follow.look()
    assert (served(routing), shadows(routing, "e")) == ({"e": [two]}, [])
    assert follow.told == [("e", bad)]


def test_a_worker_that_starts_with_a_refused_shadow_serves_the_newest_route(follow: Kit):
    one, two, bad = follow.bundle(1), follow.bundle(2), follow.bundle(3)
    follow.publish(1, route("e", one))
    follow.publish(2, with_shadow(route("e", two), bad))
    follow.spoil(bad)
    assert served(follow.look(follow.fresh())) == {"e": [two]}


def test_a_worker_that_starts_with_a_refused_bundle_serves_the_last_good_route(follow: Kit):
    good, older, bad = follow.bundle(1), follow.bundle(2), follow.bundle(3)
    follow.publish(1, route("e", older))
    follow.publish(2, route("e", good))
    follow.publish(3, route("e", bad))
    follow.spoil(bad)
    routing = follow.look(follow.fresh())
    assert (routing.number, served(routing), follow.told) == (3, {"e": [good]}, [("e", bad)])


def test_an_endpoint_that_has_no_good_route_is_named_with_the_reason(follow: Kit):
    bad = follow.bundle(3)
    follow.publish(1, route("e", bad))
    follow.spoil(bad)
    routing = follow.look()
    assert served(routing) == {}
    assert "was changed" in routing.refused["e"]


def test_a_bundle_that_is_not_there_is_refused(follow: Kit):
    follow.publish(1, route("e", "f" * 64))
    assert "no bundle" in follow.look().refused["e"]


def test_a_refused_bundle_is_tried_again_with_the_next_table(follow: Kit):
    bad = follow.bundle(3)
    follow.publish(1, route("e", bad))
    follow.spoil(bad)
    follow.look()
    assert follow.bundle(3) == bad  # writing it again mends it
    follow.publish(2, route("e", bad))
    assert served(follow.look()) == {"e": [bad]}


def test_a_damaged_table_changes_nothing(follow: Kit):
    one = follow.bundle(1)
    follow.publish(1, route("e", one))
    follow.look()
    (follow.layout.routes / "current.json").write_bytes(b'{"format": "everloop.route-table/99"}')
    assert follow.look() is None


def test_a_bundle_that_is_routed_no_more_is_let_go(follow: Kit):
    one, two = follow.bundle(1), follow.bundle(2)
    follow.publish(1, route("e", one))
    gone = weakref.ref(follow.look().bundles[one])
    follow.publish(2, route("e", two))
    follow.look()
    gc.collect()
    assert gone() is None
