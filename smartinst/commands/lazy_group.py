"""A group of commands whose modules are imported when the command is called, not for the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True)
class CommandEntry:
    """A command: the module that has it under the command's name, and its line in the list."""

    module: str
    summary: str


class LazyGroup(click.Group):
    """A group that knows its commands by name and summary; importing them takes a second."""

    def __init__(
        self, *arguments: Any, entries: Mapping[str, CommandEntry], **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.entries = dict(entries)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, sorted."""
        return sorted({*self.entries, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported at its first use; None if there is none of this name."""
        if cmd_name in self.entries and cmd_name not in self.commands:
            module = import_module(self.entries[cmd_name].module)
            self.add_command(getattr(module, cmd_name.replace("-", "_")))
        return super().get_command(ctx, cmd_name)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self.entries[name].summary) for name in sorted(self.entries)]
            )
