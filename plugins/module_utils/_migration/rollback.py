# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollback removes of a server's migration, and what it gives back to the source. Pure."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import refused, source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import ENDED
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.removal_checks import refuse_others, remove
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import ROLLED_BACK
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import (
    OF_SERVER,
    PROOFS,
    Remains,
    Undo,
    about,
    is_begun,
    label,
    parts,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import plan_power


def plan(remains: Remains, keep_copies: bool) -> Undo:
    """What takes a server back.

    :raises OsnapError: if it is not to be taken back, with codes
    """
    new = remains.successor
    if new and new["metadata"].get(_marks.STEP) in ENDED:
        problem = Problem(
            f"The server {label(new)} is the end of a finalized migration, of which there are no copies and no"
            " snapshots any more, so it can't be rolled back",
            "already_finalized",
            about("server", new),
            "to go back to the source, unlock and start that, and remove the new server",
        )
        raise refused.because([problem], new["id"])
    if remains.source is None:
        if new or any(remains.made.values()):
            raise gone(remains, "server")
        return Undo()
    undo, begun = Undo(), is_begun(remains)
    for kind in OF_SERVER:
        undo.removed += parts(remains, kind)
    take_back_copies(undo, remains, keep_copies)
    if begun:
        _give_back(undo, remains)
    refuse_others(remains, undo)
    return undo


def gone(remains: Remains, noun: str) -> refused.Refused:
    """Why what was made of something is not rolled back that is not in the source any more."""
    id, run = remains.server_id, remains.run
    problem = Problem(
        f"The {noun} {id} is not in the source any more, and what the run '{run}' has made of it can't be rolled back;"
        " nothing would be left of it.",
        "source_gone",
        f"{noun} ({id})",
    )
    return refused.because([problem], id)


def take_back_copies(undo: Undo, remains: Remains, keep_copies: bool) -> None:
    """Copies go, but verified ones that are to stay, and with them what proves these."""
    copies = parts(remains, "copy")
    stay = [part for part in copies if keep_copies and part.row["properties"].get(_marks.COMPLETE)]
    remove(undo, remains, [part for part in copies if part not in stay])
    undo.removed += parts(remains, "moving_volume") + parts(remains, "temporary_volume")
    if keep_copies:
        stay += [part for kind in ("image", "snapshot") for part in parts(remains, kind) if part.row.get("is_shared")]
    if not stay and not any(part.kind == "copy" for part in undo.retained):
        for kind in PROOFS:
            remove(undo, remains, parts(remains, kind))


def _give_back(undo, remains):
    """The source gets its power, its lock and its metadata back."""
    source, run = remains.source, remains.run
    undo.unlock = remains.is_locked_by_us
    if source_mark.of(source, run) == source_mark.STOPPED:
        power = source["metadata"].get(_marks.POWER)
        undo.source_unset = [_marks.POWER] if power else []
        undo.start = power == "ACTIVE" and _is_to_start(source)
    if _marks.LOCKED in source["metadata"] and not source["is_locked"]:  # a killed rollback has left it
        undo.source_unset = [*undo.source_unset, _marks.LOCKED]
    if undo.start and source["is_locked"] and not undo.unlock:
        problem = Problem(
            f"The server {label(source)} is locked by somebody else, so it can't be started again",
            "source_locked",
            about("server", source),
            "unlock it, then run again",
        )
        raise refused.because([problem], source["id"])
    if undo.unlock or not source["is_locked"]:  # else it takes none
        undo.source_set = {_marks.RUN: run, _marks.STEP: ROLLED_BACK}
    else:
        undo.source_unset = []


def _is_to_start(source):
    try:
        return bool(plan_power(source, "started").steps)
    except OsnapError as error:
        code = "server_busy" if source["task_state"] else "server_status"
        raise refused.coded(error, code, about("server", source)) from None
