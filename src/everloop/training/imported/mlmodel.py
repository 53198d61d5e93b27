"""MLflow's MLmodel file: which file of the folder is the model, and what its columns are called."""

import re
from typing import Any

import msgspec

from everloop.errors import BundleRefused
from everloop.training.imported.kinds import CONVERT

FLAVOURS = ("onnx", "lightgbm", "sklearn")  # in the order in which they are preferred
PLAIN = 2000  # columns at most
REFERENCES = re.compile(rb"(?:^|[\s,\[{:-])[&*]\w|<<\s*:")  # YAML's anchors, which make much of little


class _Flavour(msgspec.Struct):
    data: str = ""
    pickled_model: str = ""
    serialization_format: str = ""


class _Signature(msgspec.Struct):
    inputs: str | None = None
    outputs: str | None = None


class _MLmodel(msgspec.Struct):
    flavors: dict[str, dict[str, Any]]
    signature: _Signature | None = None


class MLmodel(msgspec.Struct, frozen=True):
    """The model's file by its plain name, and its columns' names where MLflow knows them."""

    file: str
    columns: tuple[str, ...]


def read_mlmodel(data: bytes) -> MLmodel:
    """Read it as data: YAML tags that name types are errors. Raises BundleRefused for what cannot be imported."""
    if REFERENCES.search(data):
        raise BundleRefused("MLmodel refers to its own parts, as no MLmodel does: it is not read.")
    try:
        found = msgspec.yaml.decode(data, type=_MLmodel)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BundleRefused(f"MLmodel cannot be read: {str(error).splitlines()[0][:200]}") from error
    chosen = next((name for name in FLAVOURS if name in found.flavors), "")
    if not chosen:
        raise BundleRefused(
            f"The MLflow model has the flavours {', '.join(sorted(found.flavors))[:200]}.",
            remedy=f"These are imported: {', '.join(FLAVOURS)}. Others: log it once more as ONNX.",
        )
    flavour = msgspec.convert(found.flavors[chosen], _Flavour, strict=False)
    return MLmodel(file=_file_of(chosen, flavour), columns=_columns(found.signature))


def _file_of(chosen: str, flavour: _Flavour) -> str:
    name = flavour.pickled_model or flavour.data
    if chosen == "sklearn" and flavour.serialization_format != "skops":
        told = flavour.serialization_format or "pickle"
        raise BundleRefused(
            f"The MLflow model is stored as {told[:40]}. {CONVERT}",
            remedy='With MLflow: log_model(model, serialization_format="skops").',
        )
    if name.endswith((".pkl", ".pickle", ".cloudpickle", ".joblib")):
        raise BundleRefused(
            f"The MLflow model's file is the pickle {name[:80]!r}. {CONVERT}",
            remedy="With MLflow: log the booster itself, model.booster_, or as skops.",
        )
    if "/" in name or "\\" in name or not name or name.startswith("."):
        raise BundleRefused(f"The MLmodel file names the model {name[:80]!r}, which is no plain name.")
    return name


def _columns(signature: _Signature | None) -> tuple[str, ...]:
    """The names of the inputs, in order; none where they are tensors without names."""
    if signature is None or not signature.inputs:
        return ()
    try:
        inputs = msgspec.json.decode(signature.inputs, type=list[dict[str, Any]])
    except (msgspec.DecodeError, RecursionError):
        return ()
    names = [str(each.get("name", "")) for each in inputs[: PLAIN + 1]]
    known = all(names) and all(each.get("type") != "tensor" for each in inputs) and len(names) <= PLAIN
    return tuple(names) if known and len(set(names)) == len(names) else ()
