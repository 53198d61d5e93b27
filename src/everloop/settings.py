"""`everloop.toml` and `EVERLOOP_*` variables, read once into one frozen record."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from everloop.errors import SettingsError

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]

FILE = "everloop.toml"
PREFIX = "EVERLOOP_"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The child processes that fit models."""

    threads: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 2
    max_seconds: Annotated[float, msgspec.Meta(gt=0)] = 86_400.0
    mlflow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of a project; `everloop.toml` has one table for each group."""

    project: Project = field(default_factory=Project)
    serving: Serving = field(default_factory=Serving)
    control: Control = field(default_factory=Control)
    training: Training = field(default_factory=Training)


def read_settings(folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the project in `folder`: defaults, then its file, then `EVERLOOP_<GROUP>_<KEY>`.

    Raises SettingsError, which names the nearest right key, for one that does not exist, and the range for a
    value outside it.
    """
    given = _from_file(folder / FILE)
    for variable, text in sorted((os.environ if environment is None else environment).items()):
        if variable.startswith(PREFIX):
            group, key = _named_by(variable)
            given.setdefault(group, {})[key] = _as_toml(text)
    try:
        return msgspec.convert(given, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{FILE}: {error}.") from error


def _from_file(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not TOML: {error}.") from error
    for group, table in tables.items():
        keys = _keys(_nearest(group, tuple(_groups()), where=path.name))
        if not isinstance(table, dict):
            raise SettingsError(f"{path.name}: `{group}` is a table; write `[{group}]`.")
        for key in table:
            _nearest(key, keys, where=f"{path.name}, [{group}]")
    return tables


def _named_by(variable: str) -> tuple[str, str]:
    known = {f"{PREFIX}{g}_{k}".upper(): (g, k) for g in _groups() for k in _keys(g)}
    return known[_nearest(variable, tuple(known), where="the environment")]


def _nearest(name: str, known: tuple[str, ...], *, where: str) -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(known)}."
    raise SettingsError(f"{where}: there is no setting `{name}`.", remedy=hint)


def _groups() -> dict[str, type]:
    return {f.name: f.type for f in fields(Settings) if isinstance(f.type, type) and is_dataclass(f.type)}


def _keys(group: str) -> tuple[str, ...]:
    return tuple(f.name for f in fields(_groups()[group]))


def _as_toml(text: str) -> object:
    """A variable's value as TOML would read it; what is no TOML value is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
