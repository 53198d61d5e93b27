"""Resolves the lock files again: every package with its version and the hashes of its files, and no index.

    make lock

One resolution fits Python 3.11 and later on Linux and macOS. The documentation's lock and the
browser tests' keep to the main one, so that all fit into one environment.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
COMMAND = "make lock"


def main() -> None:
    """Write the four lock files."""
    _compile("requirements-uv.lock", ["-"], "uv>=0.8\n")
    _compile("requirements.lock", ["pyproject.toml", "--group", "dev"])
    for group in ("docs", "browser"):
        _compile(f"requirements-{group}.lock", ["--group", group, "--constraints", "requirements.lock"])


def _compile(output: str, inputs: list[str], text: str | None = None) -> None:
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade", "--quiet"]
    unnamed = ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", COMMAND]
    subprocess.run(
        [UV, "pip", "compile", *inputs, *options, *unnamed, "--output-file", output],
        cwd=ROOT,
        input=text,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
