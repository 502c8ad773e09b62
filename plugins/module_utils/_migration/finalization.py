# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ends a server's migration: what was only needed on the way goes, and so do the marks. Pure."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration import refused, source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import is_marked_complete
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import (
    ENDED,
    ENDING,
    LOCKED,
    ON_SERVER,
    RELOCKING,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.removal_checks import refuse_others, remove
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import (
    OF_SERVER,
    PROOFS,
    Part,
    Remains,
    Undo,
    is_begun,
    is_of_rehearsal,
    label,
    parts,
)


def plan(remains: Remains) -> Undo:
    """What ends the migration of a server.

    :raises Refused: if it is not to be ended
    """
    new = remains.successor
    is_complete = bool(new and is_marked_complete(new))
    if not is_complete and is_begun(remains):
        what = f"its new server {label(new)} is not complete" if new else "it has no new server"
        who = label(remains.source) if remains.source else remains.server_id
        problem = Problem(
            f"The cutover of the server {who} has begun, and {what}",
            "not_arrived",
            f"server {who}",
            "bring it to complete, or roll it back, then finalize it",
        )
        raise refused.because([problem], remains.server_id)
    undo = Undo()
    for kind in OF_SERVER:
        going, staying = _split(kind, parts(remains, kind))
        undo.removed += going
        undo.unmarked += [] if kind == "server" else staying
    for kind in ("copy", "moving_volume", "temporary_volume", *PROOFS):
        remove(undo, remains, parts(remains, kind))
    undo.unshared = [part for part in undo.retained if part.row.get("is_shared")]
    step = new["metadata"].get(_marks.STEP) if new else None
    if remains.source:
        _take_marks_of_source(undo, remains, step)
    if new and is_complete:
        noted, ending = ((RELOCKING,), RELOCKING) if undo.relock else (ENDED, ENDING)
        if (undo.unmarked or undo.source_unset or undo.relock) and step not in noted:
            undo.ending = {_marks.STEP: ending}
        undo.server_set = {} if step == FINALIZED and not undo.ending else {_marks.STEP: FINALIZED}
        undo.server_unset = [key for key in ON_SERVER if key in new["metadata"]]
    refuse_others(remains, undo)
    return undo


def _take_marks_of_source(undo, remains, step):
    """A locked server takes no change, so one that this run has locked is unlocked meanwhile."""
    source, keys = remains.source, source_mark.left(remains.source, remains.run)
    if keys and source["is_locked"] and not (remains.is_admin or remains.is_locked_by_us):
        undo.retained.append(Part("mark", source, LOCKED))
        return
    undo.source_unset = keys
    undo.unlock = bool(keys) and remains.is_locked_by_us and not remains.is_admin
    # One that was started by somebody since is theirs again.
    undo.relock = undo.unlock or (step == RELOCKING and not source["is_locked"] and source["status"] == "SHUTOFF")


def _split(kind, parts):
    """What was made for a rehearsal, or for a proof, and what for the cutover."""
    of_rehearsal = [part for part in parts if is_of_rehearsal(kind, part.row)]
    return of_rehearsal, [part for part in parts if part not in of_rehearsal]
