"""A cycle's candidates, with a runner whose trainings end as they are told to."""

import threading
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.context import Context
from everloop.actions.finish_run import FinishRunRequest, finish_run
from everloop.actions.fit_candidates import ATTEMPTS, fit_candidates
from everloop.actions.mark_suspect import MarkSuspectRequest, mark_suspect
from everloop.actions.refit import RefitRequest, refit
from everloop.actions.start_run import StartRunRequest, start_run
from everloop.bundles.writer import file_entries, write_bundle
from everloop.errors import RecipeRefused
from everloop.jobs.worker import Stopped
from everloop.records.bundle import BundleManifest
from everloop.records.codec import digest_of, to_json
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.imported import Imported
from everloop.records.loop import LoopPolicy, LoopRecord, RecipeRef
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.registry.versions import known_version
from everloop.training.exchange import DATA, run_folder

SIGNATURE = Signature(
    task="classification",
    target="y",
    columns=(Column(name="x", kind="number", nullable=False),),
    classes=(0, 1),
)


def recipe(name: str, **settings: object) -> RecipeRecord:
    given = {"estimator": name, "estimator_digest": digest_of(name.encode()), "hyperparameters": {}}
    return RecipeRecord(**{**given, "target": TargetRule(outcome="y"), **settings})


@dataclass
class Endings:
    """A runner whose trainings are over at once, or as `fates` says by estimator: one ending an attempt."""

    fates: dict[str, list[str]] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)  # estimators
    rows: list[list[int]] = field(default_factory=list)  # that each training got
    at_once: int = 0
    most_at_once: int = 0
    context: Context = None

    def claim(self, run: str) -> None:
        pass

    def release(self, run: str) -> None:
        pass

    def start(self, run_id: str) -> None:
        with self.context.metadata.transaction() as transaction:
            run = transaction.get(Run, run_id)
        name = self.name_of(run)
        self.started.append(name)
        with pa.memory_map(str(run_folder(self.context.layout, run_id) / DATA)) as source:
            self.rows.append(pa.ipc.open_file(source).read_all()["x"].to_pylist())
        fate = (self.fates.get(name) or ["finished"]).pop(0)
        if fate != "never":
            self.end(run, fate)

    def name_of(self, run: Run) -> str:
        return self.context.blobs.read(run.estimator).decode()

    def end(self, run: Run, fate: str) -> None:
        bundle = "" if fate != "finished" else self.bundle(run)
        error = "" if bundle else f"it {fate}"
        request = FinishRunRequest(run=run.id, bundle=bundle, state=fate, error=error)
        finish_run(replace(self.context, key=f"everloop:finish-{run.id}"), request)

    def bundle(self, run: Run) -> str:
        """One that is a function of recipe and data, as real ones are."""
        files = {"model.txt": b"a model"}
        manifest = BundleManifest(
            runtime="lightgbm",
            signature=SIGNATURE,
            files=file_entries(files),
            recipe=run.recipe,
            data=run.data_digest,
        )
        return write_bundle(self.context.layout.bundles, manifest, files)


class World:
    """A dataset of ten rows, a champion that was trained on it, and a loop with rivals."""

    def __init__(self, context: Context) -> None:
        self.endings = Endings()
        self.context = self.endings.context = replace(context, runner=self.endings)
        self.append(range(10))
        run = start_run(self.act(), self.request(recipe("ours")))
        with context.metadata.transaction() as transaction:
            version = transaction.get(Run, run.id).version
        self.champion = VersionRef(model="m", number=version)
        self.endings.started.clear()
        self.endings.rows.clear()
        self.loop(("rival", recipe("rival")))

    def act(self, **changes: object) -> Context:
        return replace(self.context, key=new_id("key"), **changes)

    def append(self, numbers) -> None:
        rows = pa.table({"x": list(numbers), "y": [n % 2 for n in numbers]})
        append_rows(self.act(table=rows), AppendRequest(dataset="d"))

    def blob(self, record: RecipeRecord) -> bytes:
        return record.estimator.encode()

    def request(self, record: RecipeRecord) -> StartRunRequest:
        kept = self.context.blobs.write(self.blob(record))
        return StartRunRequest(model="m", dataset="d", recipe=record, kept_estimator=kept)

    def loop(self, *rivals: tuple[str, RecipeRecord]) -> None:
        blobs = self.context.blobs
        record = LoopRecord(
            name="m",
            endpoint="m",
            model="m",
            dataset="d",
            target=TargetRule(outcome="y"),
            recipes=tuple(
                RecipeRef(name=name, recipe=blobs.write(to_json(r)), estimator=blobs.write(self.blob(r)))
                for name, r in rivals
            ),
            policy=LoopPolicy(),
            triggers=(),
            audit_share=0.0,
            declared_at=self.context.clock.now(),
        )
        with self.context.metadata.transaction() as transaction:
            (transaction.replace if transaction.get(LoopRecord, "m") else transaction.add)(record)

    def fit(self, data: int = 2, stopping: threading.Event | None = None, **policy: object):
        cycle = Cycle(
            endpoint="m",
            number=1,
            loop="m",
            state="fitting",
            step=2,
            policy=LoopPolicy(**policy),
            causes=(),
            by=self.context.actor,
            opened_at=self.context.clock.now(),
            champion=self.champion,
            anchor=self.champion,
            moved_at=self.context.clock.now(),
            data=data,
        )
        return fit_candidates(self.context, cycle, stopping)

    def made(self, number: int) -> ModelVersion:
        with self.context.metadata.transaction() as transaction:
            return known_version(transaction, "m", number)

    def forget_estimator(self) -> None:
        """The champion is as a release left it that kept none."""
        run = self.run(self.made(1).run)
        with self.context.metadata.transaction() as transaction:
            transaction.replace(replace(run, estimator=""))

    def import_champion(self) -> None:
        """The champion came as a file."""
        file = Imported(file="model.onnx", format="onnx", digest="0" * 64, size=1)
        with self.context.metadata.transaction() as transaction:
            transaction.replace(replace(known_version(transaction, "m", 1), imported=file))

    def run(self, run_id: str) -> Run:
        with self.context.metadata.transaction() as transaction:
            return transaction.get(Run, run_id)


@pytest.fixture
def world(context, monkeypatch) -> World:
    monkeypatch.setattr("everloop.training.job.refuse_foreign", lambda estimator: None)  # ours are names only
    monkeypatch.setattr("everloop.actions.fit_candidates.POLL_S", 0.001)
    made = World(context)
    made.append(range(10, 15))
    return made


def versions(fitted) -> list[str]:
    return [str(candidate) for candidate in fitted.candidates]


def test_the_champions_recipe_and_its_rivals_are_fitted_on_the_pinned_version(world):
    fitted = world.fit()
    assert world.endings.started == ["ours", "rival"]
    assert world.endings.rows == [list(range(15))] * 2
    assert versions(fitted) == ["m@2", "m@3"]
    assert fitted.errors == ()
    assert [world.run(run).dataset_version for run in fitted.runs] == [2, 2]
    assert world.made(2).recipe == world.made(1).recipe


@pytest.mark.parametrize(
    ("rival", "fits"),
    [
        (recipe("ours"), ["ours"]),
        (recipe("ours", code_version="later", libraries={"numpy": "9"}), ["ours"]),
        (recipe("ours", seed=1), ["ours", "ours"]),
        (recipe("ours", exclude=("x",)), ["ours", "ours"]),
    ],
)
def test_a_rival_that_learns_as_the_champion_does_is_not_fitted_twice(world, rival, fits):
    world.loop(("same", rival))
    world.fit()
    assert world.endings.started == fits


def test_a_recipe_that_fails_is_told_and_the_others_go_on(world):
    world.endings.fates = {"ours": ["failed"]}
    fitted = world.fit()
    assert versions(fitted) == ["m@2"]
    assert fitted.errors == ("m@1: it failed",)


def test_one_that_is_interrupted_is_started_again(world):
    world.endings.fates = {"rival": ["interrupted", "finished"]}
    fitted = world.fit()
    assert world.endings.started == ["ours", "rival", "rival"]
    assert versions(fitted) == ["m@2", "m@3"]
    assert len(fitted.runs) == 3


def test_one_that_is_interrupted_each_time_is_given_up(world):
    world.endings.fates = {"rival": ["interrupted"] * 9}
    fitted = world.fit()
    assert world.endings.started.count("rival") == ATTEMPTS
    assert fitted.errors == ("rival: it interrupted",)


def test_a_run_that_nobody_carries_out_is_started_again(world):
    world.endings.fates = {"ours": ["never", "finished"]}
    fitted = world.fit()
    assert world.endings.started.count("ours") == 2
    assert world.run(fitted.runs[0]).state == "interrupted"
    assert len(fitted.candidates) == 2


def test_asked_again_it_answers_the_same_and_starts_nothing(world):
    first = world.fit()
    world.loop(("rival", recipe("rival")))
    assert world.fit() == first
    assert len(world.endings.started) == 2


def test_equal_recipe_and_data_are_no_candidate(world):
    world.loop(("again", recipe("ours")))
    fitted = world.fit(data=1)
    assert fitted.candidates == ()
    assert fitted.errors == ("m@1: m@2 is m@1 again: nothing changed",)
    assert [str(version) for version in fitted.same] == ["m@2"]


def test_suspect_rows_are_left_out_and_the_window_is_of_sound_ones(world):
    mark_suspect(world.act(), MarkSuspectRequest(dataset="d", version=2, reason="broken"))
    fitted = world.fit(window=4)
    assert world.endings.rows == [[6, 7, 8, 9]] * 2
    run = world.run(fitted.runs[0])
    assert (run.window, run.left_out) == (4, (2,))
    assert world.made(2).data_digest == run.data_digest != world.made(1).data_digest


def test_a_champion_whose_estimator_was_not_kept_is_told_and_rivals_go_on(world):
    world.forget_estimator()
    fitted = world.fit()
    assert world.endings.started == ["rival"]
    assert "was not kept" in fitted.errors[0]
    assert versions(fitted) == ["m@2"]


def test_of_an_imported_champion_that_it_has_no_recipe_is_told_only_where_the_loop_has_none(world):
    world.import_champion()
    assert (world.fit().errors, world.endings.started) == ((), ["rival"])
    world.loop()
    (told,) = world.fit().errors
    assert "m@1 was imported from model.onnx: it has no recipe" in told


def test_no_more_are_fitted_at_once_than_the_setting_says(world, monkeypatch):
    training = replace(world.context.settings.training, parallel=1)
    world.context = replace(world.context, settings=replace(world.context.settings, training=training))
    under_way: list[int] = []
    world.endings.fates = {"ours": ["never"], "rival": ["never"], "third": ["never"]}
    world.loop(("rival", recipe("rival")), ("third", recipe("third")))
    monkeypatch.setattr("everloop.actions.fit_candidates.is_claimed", lambda layout, run: True)

    def pause(stopping) -> None:
        with world.context.metadata.transaction() as transaction:
            running = transaction.find(Run, state="running")
        under_way.append(len(running))
        for run in running:
            world.endings.end(run, "finished")

    monkeypatch.setattr("everloop.actions.fit_candidates._pause", pause)
    assert len(world.fit().candidates) == 3
    assert under_way == [1, 1, 1]


def test_told_to_stop_it_leaves_the_runs_and_goes_on_with_them_later(world, monkeypatch):
    monkeypatch.setattr("everloop.actions.fit_candidates.is_claimed", lambda layout, run: True)
    world.endings.fates = {"ours": ["never"], "rival": ["never"]}
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(Stopped):
        world.fit(stopping=stopping)
    with world.context.metadata.transaction() as transaction:
        running = transaction.find(Run, state="running")
    for run in running:
        world.endings.end(run, "finished")
    assert len(world.fit(stopping=stopping).candidates) == 2
    assert len(world.endings.started) == 2


class TestRefit:
    def again(self, world: World, **request: object) -> Run:
        return world.run(refit(world.act(), RefitRequest(model="m", **request)).id)

    def test_a_versions_recipe_is_fitted_on_the_newest_data(self, world):
        run = self.again(world, version=1)
        assert world.endings.rows == [list(range(15))]
        assert world.made(run.version).recipe == world.made(1).recipe
        assert (run.dataset_version, run.estimator) == (2, world.run(world.made(1).run).estimator)

    def test_data_and_window_can_be_named(self, world):
        self.again(world, version=1, dataset_version=1, window=3)
        assert world.endings.rows == [[7, 8, 9]]

    def test_without_a_version_it_is_the_newest(self, world):
        start_run(world.act(), world.request(recipe("newer")))
        self.again(world)
        assert world.endings.started == ["newer", "newer"]

    def test_a_version_whose_estimator_was_not_kept_is_refused(self, world):
        world.forget_estimator()
        with pytest.raises(RecipeRefused, match=r"m@1 was not kept.*everloop train m"):
            self.again(world, version=1)
