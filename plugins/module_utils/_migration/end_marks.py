# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the end of a migration is marked on what has arrived, and which marks go then. Pure.

What is finalized keeps the marks by which a later task knows it, and none of the way. These go in an order in which a
killed run's successor finds the rest; what is noted before the first of them goes says that they are on their way out.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED

#: Why the marks of a source stay: nobody but an administrator may write to it.
LOCKED = "somebody else has locked it, so it takes no change; once it is unlocked, finalizing again removes them"
#: The step of what has arrived and was compared once more, right before its source is removed.
PROVEN = "proven"
#: Steps of a new server whose marks, or those of its source, are on their way out; with the second the source is locked
#: again after that. There is no way back from them, for what a rollback goes by is incomplete then.
ENDING, RELOCKING, PROVEN_ENDING = "ending", "relocking", "proven_ending"
ENDED = (ENDING, RELOCKING, PROVEN_ENDING, FINALIZED)
#: What is noted on the new server for the way only, and what on its volumes, in the order in which it goes: by the source's
#: server alone such a volume is found to the last, wherever it is attached by then.
ON_SERVER = (_marks.SOURCE,)
ON_VOLUME = (
    _marks.DISK,
    _marks.STEP,
    _marks.PROVEN,
    _marks.FROM,
    _marks.FROM_FOR,
    _marks.RUN,
    _marks.SOURCE,
    _marks.SERVER,
)


def is_finalized(row: dict[str, Any]) -> bool:
    """Whether a new server, or a volume that was moved by itself, is the end of a finalized migration."""
    return row["metadata"].get(_marks.STEP) == FINALIZED


def is_ended(row: dict[str, Any]) -> bool:
    """Whether what has arrived is compared with its source no more: that is finalized, or about to be removed."""
    return row["metadata"].get(_marks.STEP) in (FINALIZED, PROVEN)
