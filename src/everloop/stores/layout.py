"""Where a workspace keeps what. Names come from ids and checked names only, never from a user's path."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = ".everloop"
FORMAT = "everloop.workspace/1"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders and files of the workspace at `root`, the `.everloop` folder itself."""

    root: Path

    @property
    def format_file(self) -> Path:
        """Says that this is a workspace, and of which format."""
        return self.root / "format"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes metadata; its text says who that is."""
        return self.root / "lock"

    @property
    def metadata(self) -> Path:
        """The SQLite file."""
        return self.root / "metadata.db"

    @property
    def tables(self) -> Path:
        """Delta tables: `datasets/<name>`, `predictions/<endpoint>`, `outcomes/<endpoint>`."""
        return self.root / "tables"

    @property
    def blobs(self) -> Path:
        """Bytes by digest."""
        return self.root / "blobs"

    @property
    def bundles(self) -> Path:
        """One folder a bundle, named by its digest."""
        return self.root / "bundles"

    @property
    def routes(self) -> Path:
        """`<number>.json`, and `current.json`: the table that workers follow."""
        return self.root / "routes"

    @property
    def capture(self) -> Path:
        """The workers' capture segments."""
        return self.root / "capture"

    @property
    def runs(self) -> Path:
        """One folder a run: request, log, progress."""
        return self.root / "runs"

    @property
    def run(self) -> Path:
        """What lives only while processes do: `control.json`, `serving.json`, `metrics-*.json`, `append-*.lock`."""
        return self.root / "run"

    def append_lock(self, dataset: str) -> Path:
        """Held by whoever appends to this dataset."""
        return self.run / f"append-{dataset}.lock"

    @property
    def clock(self) -> Path:
        """How the workspace's time runs, where it is not the machine's."""
        return self.root / "clock.json"

    @property
    def secrets(self) -> Path:
        """Generated at first use, 0600."""
        return self.root / "secrets"

    @property
    def tracking(self) -> Path:
        """The MLflow store."""
        return self.root / "mlflow"
