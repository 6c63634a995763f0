"""A group of commands that knows their names and one line about each before it imports any of them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import click

from backorder.errors import BackorderError, SetupError

_LONGEST = 100_000
"""Letters of an option, at most."""
COMMAND = "backorder.command"
"""Where a command line finds the command that it names."""
ARGS = "backorder.args"
"""Where a command finds everything that was typed behind `backorder`."""
INTERRUPTED = 130
READER_GONE = 141
"""As a shell counts what SIGPIPE has ended, such as before `| head`."""
Commands = Mapping[str, Mapping[str, tuple[str, str]]]
"""Heading -> name -> ("module:attribute", what it does)."""


class Group(click.Group):
    """A group that suggests a name which is nearly right, and notes which command is run."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], names, n=1)
            ctx.fail(f'there is no command "{args[0]}"' + (f'; did you mean "{near[0]}"?' if near else ""))
        found = super().resolve_command(ctx, args)
        ctx.meta[COMMAND] = found[1]
        return found


class LazyGroup(Group):
    """See the module. Errors of the product end a command with a few words and an exit code."""

    def __init__(self, name: str | None = None, *, commands_by_section: Commands, **attrs: Any) -> None:
        super().__init__(name, **attrs)
        self._sections = commands_by_section
        self._where = {
            name: where for section in commands_by_section.values() for name, (where, _) in section.items()
        }

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The whole command line: nothing of it may be what no database or terminal takes."""
        from backorder.domain.texts import fault_of_prose

        ctx.meta.setdefault(ARGS, tuple(args))
        try:
            for place, each in enumerate(args):
                if fault := fault_of_prose(each, most=_LONGEST):
                    ctx.fail(f"{_option_of(args, place)}{fault}")
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            _say_usage(ctx, error)
            raise
        except OSError as error:  # such as the help's, which is printed here
            ctx.exit(_end(error))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return list(self._where)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for an unknown name."""
        if cmd_name not in self._where:
            return None
        module, _, attribute = self._where[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under their headings, without importing them."""
        for heading, section in self._sections.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{name:<8}", words) for name, (_, words) in section.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. What a person has to correct goes to stderr, without a traceback."""
        try:
            return super().invoke(ctx)
        except BackorderError as error:
            ctx.exit(_complain(error))
        except click.UsageError as error:
            _say_usage(ctx, error)
            raise
        except KeyboardInterrupt:
            from starter.cli.output import say

            say("broken off", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - raised again where it is a defect
            ctx.exit(_end(error))


def _option_of(args: Sequence[str], place: int) -> str:
    """The option that a word belongs to, with what parts it from a fault; "" for none."""
    own, equals, _ = args[place].partition("=")
    before = args[place - 1] if place else ""
    option = own if equals else before
    return f"{option}: " if option.startswith("--") and option.isascii() and option.isprintable() else ""


def _say_usage(ctx: click.Context, error: click.UsageError) -> None:
    """With --json, say what is wrong with the command line as a problem object; click says it in words."""
    from starter.cli.output import usage_problem

    if ctx.parent is None:
        usage_problem(error)


def _end(error: Exception) -> int:
    """Say what a person can mend. Returns the exit code; raises what is a defect of the program."""
    if isinstance(error, BrokenPipeError):
        return READER_GONE
    from starter.mending import in_words, wanted

    found = in_words(error)
    if found is None or wanted():
        raise error
    return _complain(SetupError(found.words))


def _complain(error: BackorderError) -> int:
    """Say what is wrong. Returns the exit code."""
    from starter.cli.output import complain, exit_code

    complain(error)
    return exit_code(error)
