# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What undoes the migration of a volume, or ends it: what goes, what stays and why, in which order. Pure: as
:mod:`rollback` and :mod:`finalization` for servers, with nothing to give back, for the source was never touched.
"""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration import refused, volume_removal
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import is_marked_complete
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import is_finalized
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.removal_checks import refuse_others, remove
from ansible_collections.osnap.openstack.plugins.module_utils._migration.rollback import gone, take_back_copies
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED, ROLLED_BACK
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import (
    PROOFS,
    Remains,
    Undo,
    about,
    label,
    parts,
)


def plan(remains: Remains, state: str, keep_copies: bool) -> Undo:
    """What brings a volume to a state.

    :raises Refused: if it is not to be brought there
    """
    undo = _rolled_back(remains, keep_copies) if state == ROLLED_BACK else _finalized(remains)
    refuse_others(remains, undo)
    return undo


def _rolled_back(remains, keep_copies):
    if ended := [row for row in remains.made["volume"] if is_finalized(row)]:
        problem = Problem(
            f"The volume {label(ended[0])} is the end of a finalized migration, of which there is no copy and no snapshot"
            " any more, so it can't be rolled back",
            "already_finalized",
            about("volume", ended[0]),
            "the source is as it was, so remove the new volume if it is not wanted",
        )
        raise refused.because([problem], ended[0]["id"])
    if remains.source is None and remains.made["volume"]:
        raise gone(remains, "volume or snapshot")
    undo = Undo()
    undo.removed += parts(remains, "proof") + parts(remains, "volume")
    take_back_copies(undo, remains, keep_copies)
    return undo


def _finalized(remains):
    new = remains.made["volume"]
    if unfinished := [row for row in new if not is_marked_complete(row)]:
        problem = Problem(
            f"The volume {label(unfinished[0])} is not complete",
            "not_arrived",
            about("volume", unfinished[0]),
            "bring it to complete, or roll it back, then finalize it",
        )
        raise refused.because([problem], unfinished[0]["id"])
    undo = Undo()
    undo.removed += parts(remains, "proof")
    for kind in ("copy", "moving_volume", "temporary_volume", *PROOFS):
        remove(undo, remains, parts(remains, kind))
    undo.unshared = [part for part in undo.retained if part.row.get("is_shared")]
    # The other marks stay: by them a later task knows that the volume has arrived.
    if new and not is_finalized(new[0]):
        undo.server_set = {_marks.STEP: FINALIZED, **volume_removal.changed_last(remains)}
    return undo
