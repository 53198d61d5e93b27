import functools
import io
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from everloop.bundles.trusted import TRUSTED, dump_canonical, load_trusted, refuse_foreign, untrusted_types
from everloop.errors import BundleRefused


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    return load_breast_cancer(return_X_y=True)


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        HistGradientBoostingClassifier(max_iter=5, random_state=1),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_fitted_estimator_comes_back_and_its_bytes_are_always_the_same(estimator, data):
    fitted = estimator.fit(*data)
    stored = dump_canonical(fitted)
    back = load_trusted(stored)
    np.testing.assert_array_equal(back.predict_proba(data[0]), fitted.predict_proba(data[0]))
    assert dump_canonical(fitted) == stored
    assert dump_canonical(back) == stored


def test_equal_estimators_made_in_different_processes_have_equal_bytes():
    program = (
        "import hashlib; from sklearn.svm import SVC; from everloop.bundles.trusted import dump_canonical;"
        "from sklearn.pipeline import make_pipeline; from sklearn.feature_extraction.text import TfidfVectorizer;"
        "text = TfidfVectorizer().fit(['one two', 'two three']); text.extra = {'a', 'the', 'of', 'to', 'and'};"
        "print(hashlib.sha256(dump_canonical(make_pipeline(text, SVC(class_weight={0: 1.0, 1: 2.0})))).hexdigest())"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    digests = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0, 0]
    assert len(digests) == 1


def test_a_function_of_ones_own_is_named_and_not_loaded():
    stored = dump_canonical(FunctionTransformer(test_a_function_of_ones_own_is_named_and_not_loaded))
    assert untrusted_types(stored) == [f"{__name__}.test_a_function_of_ones_own_is_named_and_not_loaded"]
    with pytest.raises(BundleRefused, match="not trusted"):
        load_trusted(stored)


def test_numpys_own_functions_are_trusted():
    stored = dump_canonical(FunctionTransformer(np.log1p))
    assert untrusted_types(stored) == []
    assert load_trusted(stored).func is np.log1p


def test_the_list_names_nothing_that_runs_code():
    roots = {name.split(".")[0] for name in TRUSTED}
    assert roots == {"builtins", "collections", "lightgbm", "numpy", "sklearn"}
    assert [name for name in TRUSTED if name.startswith("builtins.")] == ["builtins.object"]


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


def test_a_bomb_is_refused_unopened():
    bomb = archive({"schema.json": b" " * (64 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(BundleRefused, match="not in the form"):
        load_trusted(bomb)


@pytest.mark.parametrize("name", ["../schema.json", "/etc/schema.json", "a/b.npy"])
def test_an_archive_with_paths_is_refused(name):
    with pytest.raises(BundleRefused, match="not in the form"):
        load_trusted(archive({name: b"{}"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_a_name_twice_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("schema.json", b"{}")
        target.writestr("schema.json", b"{}")
    with pytest.raises(BundleRefused, match="not in the form"):
        load_trusted(buffer.getvalue())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x04.", b"x" * 1000])
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(BundleRefused, match="not a skops file"):
        load_trusted(data)


@pytest.mark.parametrize("schema", [b"", b"[]", b"{", b"null", b"{}", b"[" * 100_000])
def test_a_schema_that_is_none_is_refused(schema):
    with pytest.raises(BundleRefused, match="cannot be read"):
        load_trusted(archive({"schema.json": schema}))


def test_every_byte_that_is_flipped_gives_a_refusal_or_an_estimator_and_never_another_error():
    stored = dump_canonical(LogisticRegression())
    schema_ends = stored.index(b"PK\x01\x02")
    for place in range(0, schema_ends, 7):
        changed = stored[:place] + bytes([stored[place] ^ 4]) + stored[place + 1 :]
        try:
            load_trusted(changed)
        except BundleRefused:
            continue


def test_numbers_in_the_schema_name_objects_in_their_order():
    with zipfile.ZipFile(
        io.BytesIO(dump_canonical(make_pipeline(StandardScaler(), LogisticRegression())))
    ) as file:
        schema = json.loads(file.read("schema.json"))
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert schema["__id__"] == 1


def test_trees_that_scikit_learn_would_follow_blindly_are_refused(data):
    stored = dump_canonical(DecisionTreeClassifier(max_depth=2).fit(*data))
    with pytest.raises(BundleRefused, match=r"sklearn\.tree\._tree\.Tree"):
        load_trusted(stored)


@pytest.mark.parametrize(
    ("field", "value"),
    [("left", 10_000), ("right", 0), ("feature_idx", 30), ("feature_idx", -1), ("right", 2**32 - 1)],
)
def test_a_boosted_tree_that_points_outside_is_refused(data, field, value):
    model = HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=4).fit(*data)
    model._predictors[1][0].nodes[field][0] = value
    with pytest.raises(BundleRefused, match="points outside"):
        load_trusted(dump_canonical(make_pipeline(StandardScaler().fit(*data), model)))


def test_types_of_foreign_packages_are_refused_at_once(data):
    with pytest.raises(BundleRefused, match="functools"):
        refuse_foreign(dump_canonical(FunctionTransformer(functools.partial(np.clip, a_max=1))))
    refuse_foreign(
        dump_canonical(make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()).fit(*data))
    )


@pytest.mark.parametrize("schema", [b"", b"[", b"{}x", b"[" * 100_000, b'{"__loader__": "ObjectNode"}'])
def test_a_schema_that_is_none_is_refused_at_once(schema):
    with pytest.raises(BundleRefused, match="not a skops file"):
        refuse_foreign(archive({"schema.json": schema}))


def test_looking_for_foreign_types_imports_nothing_heavy():
    program = (
        "import sys; from everloop.bundles.trusted import refuse_foreign; from everloop.errors import BundleRefused\n"
        "try: refuse_foreign(b'')\n"
        "except BundleRefused: print(sorted({'skops', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_archive_of_a_million_entries_is_refused_before_its_directory_is_read():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("schema.json", "{}")
    data = buffer.getvalue()
    entry, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    with pytest.raises(BundleRefused, match="more than 100,000 entries"):
        load_trusted(data[:entry] + data[entry:end] * 1_000_000 + data[end:])
