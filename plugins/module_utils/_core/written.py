# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether anything may have been changed: how many writes this thread has sent that were not refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

_here = threading.local()


def count() -> int:
    return getattr(_here, "count", 0)


def add(writes: int = 1) -> None:
    """One that was accepted, or of which nobody knows."""
    _here.count = count() + writes


def is_refusal(error: OsnapError) -> bool:
    """Whether nothing was done: the answer says so, or nothing was sent at all (no endpoint, no credentials)."""
    return says_no(error.status) if error.status else not isinstance(error, Ambiguous)


def says_no(status: int) -> bool:
    """Whether an answer says that nothing was done, such as a 404 of a deletion. A 408 comes from whoever has lost
    patience, a 5xx says nothing.
    """
    return 400 <= status < 500 and status != 408
