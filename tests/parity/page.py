# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the page of the command lines from the table: ``page.py``. With ``--check`` it only says whether the page is
up to date.
"""

import re
import sys
from pathlib import Path

import yaml
from table import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "command_lines.rst"
COLLECTION = "osnap.openstack"
HEAD = """..
  Copyright (c) 2026, the osnap.openstack authors
  GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. This page is written by tests/parity/page.py from tests/claims/command_lines.

.. _ansible_collections.osnap.openstack.docsite.command_lines:

From the command line to a task
===============================

Every subcommand of ``cinder``, ``nova`` and ``openstack`` that deals with snapshots and groups of volumes, flag by flag, and the task that does the same.
Where this collection has no option for a flag, the reason is given.

* Each command line and each task below is run in the tests of this collection, and what they leave in the cloud is compared field by field.
* ``$db01_id`` in a command is the ID of what is called ``db01``; the task has it as a variable.
* A task is told its cloud with :ansopt:`osnap.openstack.volume_snapshot#module:cloud`, which the tasks here leave to ``module_defaults``.
* A task that is run again changes nothing, and waits for what it asked for. A command does neither.

.. contents::
   :local:
   :depth: 2
"""


def reference(module, option):
    """An option of a module, of this one or of ``another:option``, as antsibull-docs links it."""
    return f":ansopt:`{COLLECTION}.{module}#module:{option}`"


def marked_up(module, text):
    """The markup of module documentation as that of a page."""
    text = re.sub(r"O\((osnap\.openstack\.\w+#module:[^)]+)\)", r":ansopt:`\1`", text)
    text = re.sub(r"(?<!\w)O\(([^)]+)\)", lambda match: reference(module, match[1]), text)
    text = re.sub(r"RV\(([^)]+)\)", lambda match: f":ansretval:`{COLLECTION}.{module}#module:{match[1]}`", text)
    text = re.sub(r"(?<!\w)M\(([^)]+)\)", r":ansplugin:`\1#module`", text)
    return re.sub(r"(?<!\w)C\(([^)]+)\)", r"``\1``", text)


def meaning(module, argument):
    """What our task has for an argument."""
    if argument.reason:
        return "none. " + marked_up(module, argument.reason)
    text = reference(module, argument.option.replace("/", "."))
    return f"{text}. {marked_up(module, argument.note)}" if argument.note else text


def table(command):
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 30 70", "", "   * - Argument", "     - Option"]
    for argument in command.arguments:
        lines += [f"   * - ``{argument.name}``", f"     - {meaning(command.module, argument)}"]
    return lines


def code(language, text):
    return [f".. code-block:: {language}", "", *("   " + line if line else "" for line in text.splitlines())]


def example(case):
    task = [{f"{COLLECTION}.{case.module}": case.options or {}}]
    yield from code("console", f"$ {case.program} {case.command}")
    yield ""
    yield from code("yaml", yaml.safe_dump(task, sort_keys=False, width=100, default_flow_style=False))
    remarks = [("An administrator is needed for it." if case.admin else ""), case.note, case.differs, case.fails]
    if any(remarks):
        yield from ["", marked_up(case.module, " ".join(filter(None, remarks)))]


def section(command):
    yield from [
        "",
        command.line,
        "~" * len(command.line),
        "",
        f"Module: :ansplugin:`{COLLECTION}.{command.module}#module`",
    ]
    for remark in (command.gone, command.note, command.related):
        if remark:
            yield from ["", marked_up(command.module, remark)]
    if command.arguments:
        yield from ["", *table(command)]
    for case in command.cases:
        yield from ["", *example(case)]


def page():
    lines = [HEAD.rstrip("\n")]
    for program in load():
        lines += ["", program.name, "-" * len(program.name)]
        for command in program.commands:
            lines += section(command)
    return "\n".join(lines) + "\n"


def main(arguments):
    if arguments == ["--check"]:
        if PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("%s is not what the table says: python tests/parity/page.py" % PAGE.name)
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
