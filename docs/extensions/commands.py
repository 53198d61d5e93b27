"""The directive `everloop-commands`: every command with its arguments and options, as `--help` tells them."""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from typer import Context
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from everloop.cli.app import app


class Commands(Directive):
    """One section a command, in the order of `everloop --help`."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        root = get_command(app)
        assert isinstance(root, TyperGroup)
        return [_section(command, f"everloop {name}") for name, command in _leaves(root)]


def _leaves(group: TyperGroup, before: str = "") -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _leaves(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _section(command: TyperCommand, called: str) -> nodes.section:
    context = command.make_context(called, [], resilient_parsing=True)
    section = nodes.section(ids=[called.replace(" ", "-")])
    section += nodes.title(text=called.removeprefix("everloop "))
    section += [nodes.paragraph(text=" ".join(part.split())) for part in (command.help or "").split("\n\n")]
    usage = f"{called} {' '.join(command.collect_usage_pieces(context))}"
    section += nodes.literal_block(usage, usage, language="text")
    parameters = [p for p in command.params if not getattr(p, "hidden", False) and p.name != "help"]
    if parameters:
        section += _table(parameters, context)
    return section


def _table(parameters: list[Any], context: Context) -> nodes.table:
    table, group = nodes.table(), nodes.tgroup(cols=2)
    group += [nodes.colspec(colwidth=30), nodes.colspec(colwidth=70)]
    body = nodes.tbody()
    for parameter in parameters:
        record = parameter.get_help_record(context) or (parameter.name, parameter.help or "")
        row = nodes.row()
        named, told = nodes.entry(), nodes.entry()
        named += nodes.paragraph("", "", nodes.literal(text=record[0]))
        told += nodes.paragraph(text=record[1])
        row += [named, told]
        body += row
    group += body
    table += group
    return table


def setup(sphinx: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    sphinx.add_directive("everloop-commands", Commands)
    return {"parallel_read_safe": True}
