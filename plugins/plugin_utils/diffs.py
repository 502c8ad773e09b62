# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diff of one server, in words. Pure.

One host calls the module for all of its group, and Ansible shows the diff of a task that has changed its own host only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def lines(diff: Mapping[str, Any] | None) -> list[str]:
    """``- phase: planned`` and ``+ phase: complete`` for each value that differs; none where nothing was asked for.

    :param diff: ``{before, after}`` of one item, as a module returns it with ``--diff``
    """
    before, after = ((diff or {}).get(side) or {} for side in ("before", "after"))
    return [
        f"{sign} {key}: {_text(side[key])}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
        for sign, side in (("-", before), ("+", after))
        if key in side
    ]


def _text(value):
    return value if isinstance(value, str) else json.dumps(value)
