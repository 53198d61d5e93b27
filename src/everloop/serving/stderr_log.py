"""Where long-running commands log: one line a happening, on standard error."""

import logging


def log_to_stderr() -> None:
    """Everloop's own from INFO, libraries' from WARNING. For a program's start; importing configures nothing."""
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("everloop").setLevel(logging.INFO)
