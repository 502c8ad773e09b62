# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the page of what can stand in the way of a migration, from the table of its codes."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "docsite" / "rst" / "migration_problems.rst"
TABLE = REPOSITORY / "plugins" / "module_utils" / "_migration" / "problems.py"
ANCHOR = "ansible_collections.osnap.openstack.docsite.migration_problems"

HEADER = f"""..
  Copyright (c) 2026, the osnap.openstack authors
  GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. This page is written by tests/tools/problems_page.py from plugins/module_utils/_migration/problems.py.

.. _{ANCHOR}:

What can stand in the way of a migration
========================================

:ansplugin:`osnap.openstack.server_migration_info#module` tells what can be known before the first change,
of all servers and both clouds at once. Each sentence has a code, which never changes:
:ansretval:`osnap.openstack.server_migration_info#module:findings` has both. For volumes that are moved by themselves
it is :ansplugin:`osnap.openstack.volume_migration_info#module`, with the same codes.

A server that :ansplugin:`osnap.openstack.server_migration#module` does not deal with fails with the same sentences, and
has them in :ansretval:`osnap.openstack.server_migration#module:findings`. Some are known no earlier: what has happened
while a server was moved, what its check finds, and what keeps it from being rolled back or finalized, or its source
from being removed.

* What *blocks* has to be changed before the server can be moved, rolled back or finalized, or its source removed.
* What *loses* leaves data or an ability behind. It stops the migration, too, unless its code is in
  :ansopt:`osnap.openstack.server_migration_info#module:accept`.
* What *changes* is only told.

.. contents::
   :local:
   :depth: 2
"""
KINDS = {"blocks": "What blocks", "loses": "What loses", "changes": "What changes"}


def codes() -> dict:
    """The table, read from its file: it imports nothing of the collection."""
    spec = importlib.util.spec_from_file_location("problems", TABLE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CODES


def page() -> str:
    lines = [HEADER.rstrip("\n")]
    for severity, title in KINDS.items():
        lines += ["", title, "-" * len(title)]
        for name, code in sorted(codes().items()):
            if code.severity == severity:
                lines += ["", f".. _{ANCHOR}.{name}:", "", name, "~" * len(name), ""]
                lines += [marked_up(code.meaning), marked_up(code.remedy)]
    return "\n".join(lines) + "\n"


def marked_up(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"``\1``", text)


if __name__ == "__main__":
    sys.exit(0 if PAGE.write_text(page(), encoding="utf-8") else 1)
