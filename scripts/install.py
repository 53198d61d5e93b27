"""Installs a hashed lock file, and the project beside it, into a virtual environment.

    python3 scripts/install.py VENV LOCK [--project FOLDER]

Runs on a bare Python 3.11+. It uses `uv`, which it installs into the environment first, because that is
quicker; where `uv` cannot be had or does not reach what pip reaches, pip does the same work. Where packages
come from is the machine's own affair: pip reads its configuration as always, `uv` is told what pip was told.
"""

import argparse
import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

UV_LOCK = Path(__file__).resolve().parent.parent / "requirements-uv.lock"
UV_VARIABLES = {  # what uv calls the options of pip's configuration
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def main() -> int:
    """Install, and answer the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("venv", type=Path)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--project", type=Path, help="also install this folder, editable, no dependencies")
    given = parser.parse_args()
    python = _environment(given.venv)
    steps = [["--require-hashes", "-r", str(given.lock)]]
    if given.project:
        # The build backend is in the lock, so nothing is fetched without a hash
        steps.append(["--no-deps", "--no-build-isolation", "-e", str(given.project)])
    for step in steps:
        if not _install(python, step):
            print("Could not install. Is the machine's package index reachable?", file=sys.stderr)
            return 1
    if given.project:  # so that the first start is as quick as every later one
        subprocess.run([python, "-m", "compileall", "-q", str(given.project / "src")], check=False)
    return 0


def _environment(folder: Path) -> Path:
    """The environment's Python, which has pip; made anew if it does not run, say because its folder moved."""
    python = folder.resolve() / "bin" / "python"
    if not python.exists() or not _succeeds([str(python), "-c", ""]):
        print(f"Making {folder} with Python {sys.version.split()[0]}", flush=True)
        venv.create(folder, with_pip=True, clear=True, symlinks=True)
    elif not _succeeds([str(python), "-m", "pip", "--version"]):
        subprocess.run([python, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
    return python


def _install(python: Path, arguments: list[str]) -> bool:
    uv = python.with_name("uv")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not uv.exists():
        _succeeds([*pip, "--require-hashes", "-r", str(UV_LOCK)])
    if uv.exists():
        command = [str(uv), "pip", "install", "--quiet", "--python", str(python), *arguments]
        if not subprocess.run(command, env=_as_uv_reads_it(python), check=False).returncode:
            return True
        print("uv could not; trying pip", file=sys.stderr, flush=True)
    return not subprocess.run([*pip, *arguments], check=False).returncode


def _succeeds(command: list[str]) -> bool:
    return not subprocess.run(command, check=False, capture_output=True).returncode


def _as_uv_reads_it(python: Path) -> dict[str, str]:
    """The environment variables, with pip's configuration in uv's words where uv has none of its own."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    found: dict[str, str] = {}
    lines = listed.stdout.splitlines()
    for line in sorted(lines, key=lambda text: text.startswith(":env:")):  # variables win
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in UV_VARIABLES and value:
            found[UV_VARIABLES[option]] = " ".join(shlex.split(value))
    # As pip does, take the best version from any index: the hashes say which files will do
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **found, **os.environ}


if __name__ == "__main__":
    sys.exit(main())
