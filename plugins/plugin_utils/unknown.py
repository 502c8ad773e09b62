# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that begin like the options of a role and are none, for Ansible passes misspelt ones over. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

#: What begins so and is no option: the pattern of the playbooks, and what a role hands on to the tasks that follow.
HOSTS = "hosts"
HANDED_ON = (HOSTS, "approve", "migrations", "plans", "restores", "test", "tests")
#: The ending of an artifact's name: the ID of a server, see the role ``report``.
ARTIFACT = re.compile(r"[0-9a-f]{8}(_[0-9a-f]{4}){3}_[0-9a-f]{12}")


def unknown(names: Iterable[str], options: Iterable[str], role: str) -> str | None:
    """Which variables are no options of the role, and what may be meant, as a sentence; None if all are.

    :param names: of variables; what does not begin like an option is left alone, and so is what the role has for itself
    """
    known = {name.removeprefix(f"{role}_") for name in options}
    told = []
    for name in sorted(set(names)):
        rest = name.removeprefix(f"{role}_")
        if rest in known or rest == name or rest.startswith("_") or rest in HANDED_ON or ARTIFACT.fullmatch(rest):
            continue
        meant = difflib.get_close_matches(rest, sorted({*known, HOSTS}), 1, 0.7)
        told.append(f"'{name}'" + (f" ('{role}_{meant[0]}' may be meant)" if meant else ""))
    if not told:
        return None
    are = "is no option" if len(told) == 1 else "are no options"
    return (
        f"{', '.join(told)} {are} of the role {role}, and would be passed over. Correct the name; a variable of your"
        f" own needs one that does not begin with '{role}_'."
    )
