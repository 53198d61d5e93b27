"""`everloop.toml` and `EVERLOOP_*` variables, read once into one frozen record."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin

import msgspec

from everloop.errors import SettingsError

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]

FILE = "everloop.toml"
PREFIX = "EVERLOOP_"
NO_SETTINGS = frozenset({"EVERLOOP_TOKEN", "EVERLOOP_URL"})  # how a client reaches a server: not of a project


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Who we are."""

    name: str = "everloop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The data plane."""

    host: str = "127.0.0.1"
    port: Port = 8080
    hosts: tuple[str, ...] = ()  # further Host names to answer to, beside loopback's own
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    capture: Literal["written", "synced"] = "written"
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024, le=1 << 30)] = 6 * 1024 * 1024
    max_rows: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 10_000  # in one request
    header_deadline_s: Seconds = 5.0
    body_deadline_s: Seconds = 5.0
    idle_deadline_s: Seconds = 75.0
    drain_s: Seconds = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The control plane."""

    host: str = "127.0.0.1"
    port: Port = 8081
    hosts: tuple[str, ...] = ()
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024, le=1 << 34)] = 1 << 30  # datasets travel through it
    compact_every_s: Seconds = 5.0
    tick_s: Seconds = 1.0  # between two looks at the loops


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The child processes that fit models."""

    threads: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 2
    parallel: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2  # candidates of a refit that are fitted at once
    max_seconds: Annotated[float, msgspec.Meta(gt=0, le=31_536_000)] = 86_400.0
    mlflow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """What is watched over windows, and what raises an alert."""

    window_rows: Annotated[int, msgspec.Meta(ge=20, le=100_000)] = 150
    ks_limit: Share = 0.2  # distance of Kolmogorov and Smirnov that a column of numbers may move by
    psi_limit: Annotated[float, msgspec.Meta(gt=0, le=100)] = 0.2  # population stability index
    share_limit: Share = 0.05  # how much more may be missing, unknown or out of range than in training
    quality_margin: Share = (
        0.02  # points of accuracy, or share of the mean absolute error, it may get worse by
    )
    false_alarms: Share = 0.01  # chance that a monitor ever raises one in a champion's life
    clean_windows: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 3  # that close an alert
    cool_down_s: Seconds = 3600.0  # in which the same alert is opened again instead of a new one


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The platform's time."""

    speed: Annotated[float, msgspec.Meta(ge=1, le=1_000_000)] = 1.0  # times as fast as the machine's


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of a project; `everloop.toml` has one table for each group."""

    project: Project = field(default_factory=Project)
    serving: Serving = field(default_factory=Serving)
    control: Control = field(default_factory=Control)
    training: Training = field(default_factory=Training)
    monitoring: Monitoring = field(default_factory=Monitoring)
    clock: Pace = field(default_factory=Pace)


def read_settings(folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the project in `folder`: defaults, then its file, then `EVERLOOP_<GROUP>_<KEY>`.

    Raises SettingsError, which says where, and names the nearest right key for one that does not exist, and
    what is accepted for a value that does not fit.
    """
    given = _from_file(folder / FILE)
    variables = os.environ if environment is None else environment
    for variable in sorted(v for v in variables if v.startswith(PREFIX) and v not in NO_SETTINGS):
        group, key = _named_by(variable)
        given.setdefault(group, {})[key] = _from_text(variables[variable], _kinds(group)[key], variable)
    return Settings(**{group: _groups()[group](**values) for group, values in given.items()})


def accepted(kind: object) -> str:
    """What a setting of this type takes, in words.

    >>> accepted(Port)
    'a whole number from 0 to 65535'
    >>> accepted(Literal["written", "synced"])
    '`written` or `synced`'
    """
    if get_origin(kind) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(kind))
    if get_origin(kind) is not Annotated:
        words: dict[object, str] = {str: "a text", bool: "`true` or `false`"}
        return words.get(kind, "a list of texts")
    number, limits = get_args(kind)
    name = "a whole number" if number is int else "a number"
    low = f"from {limits.ge}" if limits.ge is not None else f"above {limits.gt}"
    return f"{name} {low} to {limits.le}"


def _from_file(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not TOML: {error}.") from error
    return {group: _from_table(table, group, path.name) for group, table in tables.items()}


def _from_table(table: object, group: str, file: str) -> dict[str, Any]:
    kinds = _kinds(_nearest(group, tuple(_groups()), where=file))
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: `{group}` is a table; write `[{group}]`.")
    where = f"{file}, [{group}]"
    for key in table:
        _nearest(key, tuple(kinds), where=where)
    return {key: _checked(value, kinds[key], f"{where}: `{key}`") for key, value in table.items()}


def _from_text(text: str, kind: object, variable: str) -> object:
    """A variable's value: as in the file, without quotes; a list is parted by commas."""
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return _checked(text.strip(), kind, variable, from_text=True)


def _checked(value: object, kind: object, where: str, *, from_text: bool = False) -> object:
    try:
        return msgspec.convert(value, type=cast(type[object], kind), strict=not from_text)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where} is {accepted(kind)}, not {value!r}.") from error


def _named_by(variable: str) -> tuple[str, str]:
    known = {f"{PREFIX}{g}_{k}".upper(): (g, k) for g in _groups() for k in _kinds(g)}
    return known[_nearest(variable, tuple(known), where="the environment")]


def _nearest(name: str, known: tuple[str, ...], *, where: str) -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(known)}."
    raise SettingsError(f"{where}: there is no setting `{name}`.", remedy=hint)


def _groups() -> dict[str, Any]:
    return {f.name: f.type for f in fields(Settings)}


def _kinds(group: str) -> dict[str, Any]:
    """The keys of a group, each with its type."""
    return {f.name: f.type for f in fields(_groups()[group])}
