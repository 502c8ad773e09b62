# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that the table of command lines is whole: no command, no argument of the clients is forgotten, and each is run
or says why not.
"""

import ast
import json
import subprocess
import sys

import pytest
import yaml
from build import REPOSITORY, TOOLS

sys.path.insert(0, str(REPOSITORY / "tests" / "parity"))
from page import PAGE, page  # noqa: E402  pylint: disable=wrong-import-position
from table import KINDS, load  # noqa: E402  pylint: disable=wrong-import-position

PROGRAMS = load()
COMMANDS = [command for program in PROGRAMS for command in program.commands]
#: Which of the clients' subcommands are about what this collection is about.
OURS = {
    "cinder": (
        "snapshot-",
        "revert-to-snapshot",
        "cgsnapshot-",
        "consisgroup-",
        "group-",
        "reset-state",
        "backup-",
        "create",
        "upload-to-image",
    ),
    "nova": ("image-create", "backup"),
    "openstack": (
        "volume snapshot ",
        "volume backup ",
        "volume group ",
        "consistency group ",
        "volume revert",
        "block storage snapshot ",
        "image create",
        "server image create",
        "server backup create",
    ),
}
#: Of which these are not: types of groups are the administrator's, replication is the storage's.
NOT_OURS = ("group-type-", "group-specs-", "replication", "volume group type ", "volume group failover")

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.line.replace(" ", "_"))


@pytest.fixture(scope="module")
def known():
    """What the clients' own parsers have: program → subcommand → arguments."""
    python = TOOLS / "clients" / "bin" / "python"
    return json.loads(
        subprocess.run(
            [str(python), str(REPOSITORY / "tests" / "parity" / "flags.py")], stdout=subprocess.PIPE, check=True
        ).stdout
    )


def documented(module):
    """A module's options, those of a dict as ``dict/key``."""
    path = REPOSITORY / "plugins" / "modules" / (module + ".py")
    (text,) = [
        node.value.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "DOCUMENTATION"
    ]
    options = yaml.safe_load(text)["options"]
    names = {
        f"{name}/{key}"
        for name, option in options.items()
        if isinstance(option, dict)
        for key in option.get("suboptions", ())
    }
    return {*options, *names, "wait", "timeout", "cloud"}


@pytest.mark.parametrize("program", sorted(OURS))
def test_no_command_is_forgotten(program, known):
    ours = {name for name in known[program] if name == name.strip() and _is_ours(program, name)}
    rows = {command.name for command in COMMANDS if command.program == program and not command.gone}
    assert ours == rows


def _is_ours(program, name):
    wanted = any(name == prefix or (prefix[-1] in "- " and name.startswith(prefix)) for prefix in OURS[program])
    return wanted and not any(word in name for word in NOT_OURS)


@each_command
def test_no_argument_is_forgotten(command, known):
    rows = {argument.name for argument in command.arguments}
    if command.gone:
        assert command.name not in known[command.program]
        return
    arguments = known[command.program][command.name]
    forgotten = [names for names in arguments if not rows & set(names)]
    assert command.related or not forgotten
    assert rows <= {name for names in arguments for name in names}


@each_command
def test_each_argument_is_run_or_says_why_not(command):
    assert command.cases
    words = {word.split("=")[0] for case in command.cases for word in case.words}
    for argument in command.arguments:
        assert bool(argument.option) != bool(argument.reason), argument
        if argument.option:
            name = argument.option.split("=")[0]
            assert name in documented(command.module), argument
            assert not argument.name.startswith("-") or argument.name in words or argument.untested, argument


@each_command
def test_each_case_is_of_its_command(command):
    for case in command.cases:
        assert case.kind in KINDS
        assert command.name in case.command
        assert {case.module} <= {path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py")}


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make command-lines"


def test_names_are_made_unique():
    (case,) = [case for case in COMMANDS[0].cases if case.key == "c1"]
    assert case.unique({"volume": "db01", "name": "nightly", "at": "{{ db01_id }} $db01_id db01-data"}) == {
        "volume": "db01-c1",
        "name": "nightly-c1",
        "at": "{{ db01_id }} $db01_id db01-data",
    }
