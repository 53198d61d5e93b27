"""One text for equal estimators: class and parameters, all the way down.

The bytes of an estimator's skops file depend on the release of skops, so they cannot name it.
"""

import functools
import types
from typing import Any

import msgspec
import numpy as np

from everloop.errors import RecipeRefused
from everloop.records.codec import digest_of

DEEPEST = 50

Form = None | bool | int | str | list["Form"] | dict[str, "Form"]


def estimator_digest(estimator: object) -> str:
    """SHA-256 of the canonical form; raises RecipeRefused for a parameter that has none."""
    return digest_of(msgspec.json.encode(canonical(estimator), order="sorted"))


def canonical(value: Any, depth: int = 0) -> Form:  # noqa: ANN401 - a parameter can be anything
    """Plain JSON values that are equal for equal estimators and different for different ones."""
    if depth > DEEPEST:
        raise RecipeRefused("The estimator's parameters hold one another without end.")
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {"float": repr(float(value))}
    if isinstance(value, np.generic | np.ndarray):
        return _array(np.asarray(value), depth)
    if isinstance(value, list | tuple | set | frozenset | dict):
        return _container(value, depth)
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | np.ufunc):
        return {"name": name_of(value)}
    return _object(value, depth)


def name_of(thing: Any) -> str:  # noqa: ANN401 - a class or a function
    """Module and name of a class or function."""
    return f"{getattr(thing, '__module__', None) or 'numpy'}.{getattr(thing, '__qualname__', thing.__name__)}"


def _array(array: "np.ndarray[Any, Any]", depth: int) -> Form:
    if array.dtype.hasobject:
        return {
            "array": "object",
            "shape": list(array.shape),
            "items": canonical(array.ravel().tolist(), depth + 1),
        }
    data = digest_of(np.ascontiguousarray(array).tobytes())
    return {"array": array.dtype.str, "shape": list(array.shape), "sha256": data}


def _container(value: Any, depth: int) -> Form:  # noqa: ANN401
    def order(form: Form) -> bytes:
        return msgspec.json.encode(form, order="sorted")

    match value:
        case list():
            return [canonical(item, depth + 1) for item in value]
        case tuple():
            return {"tuple": [canonical(item, depth + 1) for item in value]}
        case dict():
            pairs: list[Form] = [[canonical(k, depth + 1), canonical(v, depth + 1)] for k, v in value.items()]
            return {"dict": sorted(pairs, key=order)}
        case _:
            return {"set": sorted((canonical(item, depth + 1) for item in value), key=order)}


def _object(value: Any, depth: int) -> Form:  # noqa: ANN401
    """An estimator by its parameters, anything else by its state."""
    if callable(getattr(value, "get_params", None)):
        state: Any = value.get_params(deep=False)
    elif isinstance(value, np.random.RandomState):
        state = value.get_state(legacy=False)
    elif isinstance(value, np.random.Generator):
        state = value.bit_generator.state
    elif isinstance(value, functools.partial):
        state = {"func": value.func, "args": value.args, "keywords": value.keywords}
    elif hasattr(value, "__dict__"):
        state = vars(value)
    else:
        state = str(value) if isinstance(value, slice | range | np.dtype) else None
    if state is None:
        raise RecipeRefused(
            f"A parameter is a {name_of(type(value))}, which cannot be stored safely.",
            remedy="Use numbers, texts, lists, or scikit-learn's own objects as parameters.",
        )
    return {"class": name_of(type(value)), "state": canonical(state, depth + 1)}
