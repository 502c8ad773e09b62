# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier tries of a run have made of a server, whether a run can go on from there, and what of it is stale. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration import source_mark, ways
from ansible_collections.osnap.openstack.plugins.module_utils._migration.begin_anew import begin_anew, former_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    Discovered,
    Options,
    successors,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import found_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.leftovers import (
    broken,
    disk_twice,
    twice,
    unmarked,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import (
    are_accepted,
    later,
    was_on,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import ROLLED_BACK


def made_so_far(server: dict[str, Any], disks: list[dict[str, Any]], seen: Discovered, options: Options) -> Made:
    """What earlier tries of this run have made, by marks, and what is wrong with it.

    :param disks: the disks of the server, each with its way
    """
    made = _so_far(server, disks, seen, options)
    made.disks = [ways.settled(disk, made.server or made.rehearsal) for disk in made.disks]
    return made


def _so_far(server, disks, seen, options):
    run = options.run
    made = Made([{**disk, "found": found_of(disk, server, seen, run)} for disk in disks])
    copies = [disk["found"]["copied"] for disk in made.disks]
    made.undone = [row for row in copies if row and row["properties"].get(_marks.STEP) == ROLLED_BACK]
    made.undone += [server] if source_mark.of(server, run) == ROLLED_BACK else []
    servers, rehearsals = (successors(server["id"], seen, run, rehearsal) for rehearsal in (False, True))
    made.server, made.rehearsal = (rows[0] if rows else None for rows in (servers, rehearsals))
    made.notes += twice("servers", servers, seen.destination, server, run)
    made.notes += twice("servers of a rehearsal", rehearsals, seen.destination, server, run)
    for disk in made.disks:
        made.notes += disk_twice(disk, server, seen, run)
    if made.has_arrived:
        return made
    for disk in made.disks:
        made.notes += unmarked(disk, server, seen, run)
    former = list(former_of(made, server, seen, run))
    clauses = later(server, made.snapshots, made.disks, seen, options)
    if former:
        clauses.append(f"it had the volumes {', '.join(sorted({id for id, _kind, _row in former}))} then")
    if was_on(made.snapshots, options):
        made.why_stale = ["it was on for its snapshot, and this time it shall be stopped first", *clauses]
        return begin_anew(made, server, former, made.why_stale, seen, options, may_accept=False)
    made.why_stale = clauses
    if clauses and LOST_WRITES not in options.accept:
        return begin_anew(made, server, former, clauses, seen, options, may_accept=True)
    made.notes += [are_accepted(server, clauses, seen)] if clauses else []
    made.notes += broken(made, server, seen, options)
    return made
