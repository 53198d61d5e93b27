"""Estimators as skops files: canonical when written, and built from an allow list of types when read.

skops builds scikit-learn's own public types. What else we let in stands here, never in the file.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from everloop.errors import BundleRefused

TRUSTED: tuple[str, ...] = (
    "builtins.object",
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",  # see tree_bounds
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.DotProduct",
    "sklearn.gaussian_process.kernels.Exponentiation",
    "sklearn.gaussian_process.kernels.Matern",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.gaussian_process.kernels.RationalQuadratic",
    "sklearn.gaussian_process.kernels.Sum",
    "sklearn.gaussian_process.kernels.WhiteKernel",
    "sklearn.utils._bunch.Bunch",
)
PACKAGES = frozenset(
    {"builtins", "collections", "lightgbm", "numpy", "scipy", "sklearn"}
)  # whose types may be let in
SCHEMA = "schema.json"
ENTRY = b"PK\x01\x02"  # begins each entry of a zip file's directory
MOST_ENTRIES = 100_000
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can tell
ADDRESSES = frozenset(
    {"_stop_words_id"}
)  # attributes in which scikit-learn keeps an address; any number will do
_VALUES = frozenset({"JsonNode", "TypeNode"})  # equal values are one, whether or not they were one object


def dump_canonical(estimator: object) -> bytes:
    """The estimator as a skops file. Equal estimators give equal bytes, in every process.

    skops names objects by their address and files by chance, and stamps the time; here they are numbered in
    the order of their appearance, and addresses that scikit-learn keeps are wiped. Raises what skops raises for
    an object that it cannot store.
    """
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(estimator))) as archive:
        schema = json.loads(archive.read(SCHEMA))
        names: dict[str, str] = {}
        _renumber(schema, ids={}, names=names)
        files = {new: archive.read(old) for old, new in names.items()}
    files[SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    return _archive(files)


def untrusted_types(data: bytes) -> list[str]:
    """The types in a skops file that are not on our list."""
    import skops.io

    return sorted(set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED))


def refuse_foreign(data: bytes) -> None:
    """Raise BundleRefused for a file that `load_trusted` refuses for sure, at once and without importing anything.

    It looks at the packages of the types only; what passes may still be refused.
    """
    _refuse_strange_archive(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            types = {f"{n['__module__']}.{n['__class__']}" for n in _nodes(json.loads(archive.read(SCHEMA)))}
    except (KeyError, TypeError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise BundleRefused("The file is not a skops file.") from error
    if foreign := sorted(name for name in types if name.split(".")[0] not in PACKAGES):
        raise BundleRefused(f"The skops file holds types that are not trusted: {', '.join(foreign)[:300]}")


def load_trusted(data: bytes) -> Any:  # noqa: ANN401 - an estimator: scikit-learn has no type for it
    """The estimator in a skops file; raises BundleRefused for anything but types of our list."""
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    from everloop.bundles.tree_bounds import refuse_wild_trees

    _refuse_strange_archive(data)
    try:
        estimator = skops.io.loads(data, trusted=list(TRUSTED))
        refuse_wild_trees(estimator)
    except BundleRefused:
        raise
    except UntrustedTypesFoundException as error:
        strange = ", ".join(untrusted_types(data))[:300]
        raise BundleRefused(f"The skops file holds types that are not trusted: {strange}") from error
    except Exception as error:
        told = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise BundleRefused(f"The skops file cannot be read: {told}") from error
    return estimator


def _refuse_strange_archive(data: bytes) -> None:
    """Refuse what `dump_canonical` does not write: compression (and so bombs), links, folders, doubles, multitudes."""
    if data.count(ENTRY) > MOST_ENTRIES:
        raise BundleRefused(f"The skops file has more than {MOST_ENTRIES:,} entries.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise BundleRefused("The file is not a skops file.") from error
    plain = all(e.compress_type == zipfile.ZIP_STORED and "/" not in e.filename for e in entries)
    if not plain or len({e.filename for e in entries}) != len(entries):
        raise BundleRefused(
            "The skops file is not in the form that is read here: it is compressed, or holds folders or doubles."
        )
    if sum(e.file_size for e in entries) > len(data):
        raise BundleRefused("The skops file claims to hold more than it does.")


def _renumber(node: Any, ids: dict[int, int], names: dict[str, str]) -> None:  # noqa: ANN401 - JSON
    """Replace addresses and file names in a skops schema by their order of appearance, in place."""
    for part in _nodes(node):
        if part["__loader__"] == "SetNode":
            part["content"].sort(key=_without_ids)  # a set has no order of its own
        if part["__loader__"] == "DictNode":
            for name in ADDRESSES & part["content"].keys():
                part["content"][name]["content"] = "0"
        if (address := part.pop("__id__", None)) is not None and part["__loader__"] not in _VALUES:
            part["__id__"] = ids.setdefault(address, len(ids) + 1)
        if isinstance(name := part.get("file"), str):
            part["file"] = names.setdefault(name, f"{len(names)}.{name.rpartition('.')[2]}")


def _nodes(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Every skops node of a schema, parents first."""
    if isinstance(node, dict):
        if "__loader__" in node:
            yield node
        for child in node.values():
            yield from _nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _nodes(child)


def _without_ids(node: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps({k: v for k, v in node.items() if k != "__id__"}, sort_keys=True)


def _archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return buffer.getvalue()
