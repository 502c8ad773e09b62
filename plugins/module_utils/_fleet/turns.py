# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains that wait for what other chains of the same run have reached."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import CHECK_EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable


class Turns:
    """Who has had a turn, and with what success. Each chain tells of its own exactly once, whatever becomes of it.

    A chain waits outside of lanes, and only for such as are begun before it: else those may never come to run.
    """

    def __init__(self, check: Callable[[], None]):
        self._check = check
        self._had: dict[Hashable, bool] = {}
        self._changed = threading.Condition()

    def had(self, who: Hashable, well: bool) -> None:
        """Tell that ``who`` has had its turn. The first word counts."""
        with self._changed:
            self._had.setdefault(who, well)
            self._changed.notify_all()

    def wait_for(self, others: Iterable[Hashable]) -> list[Hashable]:
        """Wait until all have had their turns; those with which it didn't go well."""
        others = list(others)
        with self._changed:
            while any(who not in self._had for who in others):
                self._check()
                self._changed.wait(CHECK_EVERY)
            return [who for who in others if not self._had[who]]
