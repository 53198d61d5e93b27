"""Requests to the data plane: predictions and outcomes, over the same HTTP that any client speaks."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from everloop import errors
from everloop.errors import EverloopError, Unreachable
from everloop.records.signature import Label
from everloop.shown.markup import table

ROWS_A_REQUEST = (
    25  # rows of a request are served at one moment; the loop parts earlier from later ones by it
)


ROWS_NAMED = 20  # of outcomes that do not count


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answers to some rows, in their order. `variants` says which variant gave each, `own_ids` the caller's ids."""

    values: tuple[Label, ...]
    ids: tuple[str, ...]
    variants: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...] = ()
    own_ids: tuple[str, ...] = ()

    @property
    def variant(self) -> str:
        """The variant that answered, or their names joined where rows went to several."""
        return "+".join(dict.fromkeys(self.variants))

    def __len__(self) -> int:
        return len(self.values)

    def _repr_html_(self) -> str:
        sure = [f"{max(chances):.3f}" for chances in self.probabilities] or [""] * len(self.values)
        rows = zip(self.ids, self.values, sure, self.variants, strict=True)
        return table(("id", "answer", "probability", "by"), rows, title=f"{len(self):,} answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCounted:
    """Outcomes of one name that were kept, but can be no truth of their predictions."""

    name: str
    why: str
    count: int
    rows: tuple[int, ...]  # places in what was sent, from 0, the first few

    def __str__(self) -> str:
        at = ", ".join(f"{row + 1:,}" for row in self.rows[:5]) + (
            ", ..." if self.count > min(5, len(self.rows)) else ""
        )
        return f"{self.count} outcomes `{self.name}` do not count as truth: {self.why} (rows {at})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How many outcomes were taken, and which of them will not count.

    Whether a prediction of theirs is there is another question: `Endpoint.unknown_ids` answers it.
    """

    accepted: int
    not_counted: tuple[NotCounted, ...] = ()


class DataPlane:
    """The data plane at `url`. A connection is kept open between calls."""

    def __init__(self, url: str) -> None:
        import httpx  # 60 ms, only where predictions are asked for

        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=self.url, timeout=30.0, trust_env=False)

    def answers(
        self,
        endpoint: str,
        instances: Sequence[dict[str, Any]],
        *,
        key: str = "",
        ids: Sequence[str] = (),
        probabilities: bool = False,
        where: Callable[[int], str] = "instances[{}]".format,
        from_row: int = 0,
    ) -> Iterator[Answer]:
        """Answer rows from `from_row` on, some a request: what was answered before an error is with the caller.

        Raises InvalidData for a row that does not fit; `where` tells which it is.
        """
        for start, part in _parts(instances, from_row):
            body: dict[str, Any] = {"instances": part, "probabilities": probabilities}
            if ids:
                body["ids"] = list(ids[start : start + len(part)])
            path = f"/endpoints/{quote(endpoint, safe='')}/invocations"
            got = self._post(path, body, key, _after(start, where))
            yield Answer(
                values=tuple(got["predictions"]),
                ids=tuple(got["ids"]),
                variants=(got["variant"],) * len(part),
                probabilities=tuple(tuple(p) for p in got.get("probabilities", ())),
                own_ids=tuple(ids[start : start + len(part)]),
            )

    def records(self, endpoint: str, records: Sequence[dict[str, Any]], **shared: object) -> list[str]:
        """Record answers that were given elsewhere, some a request, and answer the ids of the rows.

        A record has `instances` and `predictions`, and perhaps `ids` and `probabilities`, each of one row; `shared` are
        members of the whole request. Raises InvalidData for a row that does not fit.
        """
        ids: list[str] = []
        for _, part in _parts(records):
            body: dict[str, Any] = {member: [record[member] for record in part] for member in part[0]}
            got = self._post(f"/endpoints/{quote(endpoint, safe='')}/records", {**body, **shared}, "")
            ids += got["ids"]
        return ids

    def kinds(self, endpoint: str) -> dict[str, str]:
        """The columns of an endpoint's champion, each `number`, `boolean` or `category`; raises NotFound."""
        return self.columns(endpoint)[0]

    def columns(self, endpoint: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """The same, and the columns that it takes and does not read."""
        described = self._send("GET", f"/endpoints/{quote(endpoint, safe='')}")
        kinds = {column["name"]: column["kind"] for column in described["columns"]}
        return kinds, tuple(described["ignored"])

    def outcomes(self, endpoint: str, outcomes: Sequence[dict[str, Any]]) -> Taken:
        """Send outcomes and answer how many were taken; those of a request are taken together or not at all."""
        accepted, doubts = 0, []
        for start, part in _parts(outcomes):
            path = f"/endpoints/{quote(endpoint, safe='')}/outcomes"
            got = self._post(path, {"outcomes": part}, "", _after(start, "outcomes[{}]".format))
            accepted += int(got["accepted"])
            doubts += [d | {"rows": [start + row for row in d["rows"]]} for d in got.get("not_counted", ())]
        return Taken(accepted=accepted, not_counted=_together(doubts))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _post(
        self, path: str, body: dict[str, Any], key: str, where: Callable[[int], str] | None = None
    ) -> dict[str, Any]:
        """Send it; a refused row is told by `where`, which knows its place among those of all requests."""
        headers = {"Content-Type": "application/json", **({"x-key": key} if key else {})}
        return self._send("POST", path, msgspec.json.encode(body, enc_hook=_plain), headers, where)

    def _send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        where: Callable[[int], str] | None = None,
    ) -> dict[str, Any]:
        import httpx

        try:
            answer = self._http.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(
                f"{self.url} does not answer: {error}.", remedy="Start it with `everloop up`."
            ) from error
        if answer.status_code >= 400:
            raise _refused(answer.status_code, answer.content, where)
        got: dict[str, Any] = msgspec.json.decode(answer.content)
        return got


def _after(start: int, where: Callable[[int], str]) -> Callable[[int], str]:
    return lambda row: where(start + row)


def joined(parts: Sequence[Answer]) -> Answer:
    """The answers of several requests as one."""
    return Answer(
        values=tuple(value for part in parts for value in part.values),
        ids=tuple(one for part in parts for one in part.ids),
        variants=tuple(variant for part in parts for variant in part.variants),
        probabilities=tuple(chances for part in parts for chances in part.probabilities),
        own_ids=tuple(one for part in parts for one in part.own_ids),
    )


def _parts(rows: Sequence[dict[str, Any]], from_row: int = 0) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    for start in range(from_row, len(rows), ROWS_A_REQUEST):
        yield start, list(rows[start : start + ROWS_A_REQUEST])


def _together(doubts: Sequence[dict[str, Any]]) -> tuple[NotCounted, ...]:
    """What several answers told, one for each name and reason."""
    found: dict[tuple[str, str], NotCounted] = {}
    for told in doubts:
        key = (str(told["name"]), str(told["why"]))
        before = found.get(key, NotCounted(name=key[0], why=key[1], count=0, rows=()))
        rows = (*before.rows, *told["rows"])[:ROWS_NAMED]
        found[key] = replace(before, count=before.count + int(told["count"]), rows=rows)
    return tuple(found.values())


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise errors.InvalidData(f"A value of type {type(value).__name__} cannot be sent.")


def _refused(status: int, content: bytes, where: Callable[[int], str] | None) -> EverloopError:
    try:
        problem = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = {}
    detail = str(problem.get("detail") or problem.get("title") or f"The data plane answered {status}.")
    row = problem.get("row")
    if where is not None and isinstance(row, int):
        detail = re.sub(rf"^\w+\[{row}\]", lambda _: where(row), detail)
    kinds = {404: errors.NotFound, 409: errors.Conflict, 503: errors.CaptureFailed}
    return kinds.get(status, errors.InvalidData)(detail)
