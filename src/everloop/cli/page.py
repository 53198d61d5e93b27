"""`everloop page`: a fresh link to the page of a running `everloop up`."""

from pathlib import Path

import typer

from everloop.cli.show import AsJson, Folder, show_json
from everloop.errors import Unreachable


def page(folder: Folder = ".", as_json: AsJson = False) -> None:
    """Print a link that opens the page; it works once, and for a quarter of an hour."""
    from everloop.access.tokens import control_token
    from everloop.web.pages import page_url
    from everloop.workspace.control_file import control_url
    from everloop.workspace.project import project

    _, _, layout = project(Path(folder))
    url = control_url(layout)
    if url is None:
        raise Unreachable("Nothing shows a page here.", remedy="Start it with `everloop up`.")
    link = page_url(url, control_token(layout))
    if as_json:
        show_json({"url": link})
    else:
        typer.echo(link)
