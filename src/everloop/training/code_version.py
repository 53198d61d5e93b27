"""Which code a recipe came from."""

import subprocess
from pathlib import Path

PATIENCE_S = 5.0


def code_version(project: Path) -> str:
    """The git commit of the folder `project`, with `+dirty` if files differ from it; empty without git."""
    commit = _git(project, "rev-parse", "--verify", "HEAD")
    if not commit:
        return ""
    return f"{commit}+dirty" if _git(project, "status", "--porcelain", "--untracked-files=no") else commit


def _git(project: Path, *arguments: str) -> str:
    command = ["git", "-C", str(project), "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
