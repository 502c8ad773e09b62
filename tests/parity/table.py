# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of command lines, ``tests/claims/command_lines/*.yml``: each command, its arguments, what our tasks have
for them, and the cases that are run.
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROWS = Path(__file__).resolve().parents[1] / "claims" / "command_lines"
#: Rows that a case compares, by what it is about.
KINDS = ("change", "list", "show", "metadata")


@dataclass(frozen=True)
class Argument:
    """One flag or positional, and the option that does the same, or the reason why there is none."""

    name: str
    option: str = ""
    note: str = ""
    reason: str = ""
    untested: str = ""


@dataclass(frozen=True)
class Case:
    """A command line and the task that does the same."""

    key: str
    program: str
    command: str
    module: str
    options: dict
    given: list = field(default_factory=list)
    new: list = field(default_factory=list)
    kind: str = "change"
    admin: bool = False
    note: str = ""
    differs: str = ""
    fails: str = ""
    fields: list = field(default_factory=list)
    request: dict = field(default_factory=dict)

    @property
    def names(self):
        """The names in it that are made unique for the test."""
        return [next(iter(fixture.values())) for fixture in self.given] + self.new

    @property
    def words(self):
        return shlex.split(self.command)

    def unique(self, value):
        """*value* with each of the case's names marked, so that cases live side by side: ``db01`` is ``db01-c7``."""
        if isinstance(value, dict):
            return {key: self.unique(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.unique(item) for item in value]
        if not isinstance(value, str) or not self.names:
            return value
        return re.sub(r"(?<![\w$-])(%s)(?![\w-])" % "|".join(map(re.escape, self.names)), r"\1-" + self.key, value)


@dataclass(frozen=True)
class Command:
    """A subcommand of one of the programs."""

    program: str
    name: str
    module: str
    arguments: list
    cases: list
    note: str = ""
    gone: str = ""
    related: str = ""

    @property
    def line(self):
        return f"{self.program} {self.name}"


@dataclass(frozen=True)
class Program:
    """One client, and what all of its cases find there."""

    name: str
    given: list
    commands: list


def load():
    """All programs of the table, in the order of their names."""
    return [_program(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(ROWS.glob("*.yml"))]


def _program(raw):
    count = iter(range(1, 1000))
    commands = [_command(raw["program"], name, row, count) for name, row in raw["commands"].items()]
    return Program(raw["program"], raw.get("given", []), commands)


def _command(program, name, row, count):
    arguments = [
        Argument(key, **(value if isinstance(value, dict) else {"option": value}))
        for key, value in row["arguments"].items()
    ]
    cases = [_case(program, next(count), dict(case)) for case in row["cases"]]
    return Command(
        program, name, row["module"], arguments, cases, *(row.get(key, "") for key in ("note", "gone", "related"))
    )


def _case(program, number, row):
    ((module, options),) = row.pop("task").items()
    return Case(
        f"{program[0]}{number}", program, module=module, options=options, admin=row.pop("as", None) == "admin", **row
    )
