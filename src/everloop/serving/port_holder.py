"""Who listens on a port of this machine, as far as the system tells."""

import os
from pathlib import Path

_LISTEN = "0A"  # include/net/tcp_states.h


def port_holder(port: int, proc: Path = Path("/proc")) -> str:
    """The process that listens on `port`, as `name (pid)`; empty where that cannot be known.

    Reads Linux's `/proc`; other people's processes stay unnamed, and so does everything on other systems.
    """
    inodes = _listening_inodes(port, proc)
    if not inodes:
        return ""
    for folder in proc.glob("[0-9]*"):
        if _holds(folder / "fd", inodes):
            try:
                name = (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
            except OSError:
                continue
            return f"{name} (pid {folder.name})"
    return ""


def _listening_inodes(port: int, proc: Path) -> set[str]:
    """Columns of /proc/net/tcp, see proc(5): 1 local address, 3 state, 9 inode."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (proc / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        rows = (line.split() for line in lines)
        inodes |= {r[9] for r in rows if r[3] == _LISTEN and r[1].rpartition(":")[2] == f"{port:04X}"}
    return inodes


def _holds(descriptors: Path, inodes: set[str]) -> bool:
    targets = {f"socket:[{inode}]" for inode in inodes}
    try:
        return any(os.readlink(d) in targets for d in descriptors.iterdir())
    except OSError:  # gone meanwhile, or somebody else's
        return False
