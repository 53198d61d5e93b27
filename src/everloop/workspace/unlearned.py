"""The rows of a dataset that no version which answers has learned from."""

from typing import TYPE_CHECKING

from everloop.errors import InvalidData

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.workspace.workspace import Workspace


def unlearned_rows(workspace: "Workspace", dataset: str, endpoint: str) -> "pa.Table":
    """Those that were added after every served version was trained; all of a dataset that none was trained on.

    Raises NotFound for an unknown dataset or endpoint, InvalidData where there is no such row.
    """
    rows = workspace.datasets[dataset].read()
    served = [
        workspace.version(f"{v.model}@{v.version}") for v in workspace.endpoint(endpoint).status().variants
    ]
    learned = [v.record.dataset_version for v in served if v.record.dataset == dataset]
    if not learned:
        return rows
    known = max(
        version.rows for version in workspace.datasets[dataset].log() if version.number <= max(learned)
    )
    if known >= rows.num_rows:
        raise InvalidData(
            f"The version that answers at {endpoint} has learned from every row of {dataset}.",
            remedy="Append others first, or replay a file.",
        )
    return rows.slice(known)
