# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of servers has to know before its first change: the plan of each server, and everything that stands
in its way, at once.

Pure: rows of both clouds in, plans and sentences out. The same judgement verifies the result, for what has been made is
among what was read.
"""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    approval,
    report,
    rooms,
    suggestions,
    ways,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.fleet_checks import (
    refuse_places,
    refuse_twins,
    too_many,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem, about
from ansible_collections.osnap.openstack.plugins.module_utils._migration.server_plan import plan_of


def judge(items: list, seen: Discovered, options: Options) -> dict:
    """``{plans, problems, notices, findings, suggestions}`` of all servers; the plans in the order of the items.

    :param items: the servers as they were given, unset options None
    """
    if options.rehearses:
        options = options._replace(stop=False)
    gone = seen.gone or [None] * len(items)
    names: set[str] = set()
    plans, notes = [], []
    for item, server, id in zip(items, seen.servers, gone, strict=True):
        plan, own = plan_of(item, server, id, names, seen, ways.of_item(item, options))
        plans.append(plan)
        notes.append(own)
    refuse_places(plans, notes, seen, options)
    refuse_twins(plans, notes, seen)
    for plan, own in zip(plans, notes, strict=True):
        about(own, f"server '{plan['server_name'] or plan['server']}'")
    approved = _approve(items, plans, notes, seen, options)
    for plan, own in zip(plans, notes, strict=True):
        plan.update(report.told(about(own, f"server '{plan['server_name'] or plan['server']}'")))
    shared = about(too_many(plans, seen), f"cloud {seen.destination}") + rooms.short(plans, seen, options)
    found = [*(note for own in notes for note in own), *shared]
    return {
        "plans": plans,
        **report.told(found),
        "suggestions": suggestions.together(plan["suggestions"] for plan in plans),
        "plan_digest": None if any(isinstance(note, Problem) for note in shared) else approval.together(approved),
    }


def _approve(items, plans, notes, seen, options):
    """What is to be approved of each plan that nothing stands in the way of; a problem where it was, and has changed.

    :returns: the texts of these plans, without what makes a digest of them
    """
    texts: list[str] = []
    if options.rehearses:  # which is of no consequence
        return texts
    for item, plan, own, server in zip(items, plans, notes, seen.servers, strict=True):
        if isinstance(server, OsnapError) or plan["complete"] or any(isinstance(note, Problem) for note in own):
            continue
        sections = approval.material(item, server, plan, own, seen, options)
        texts.append(approval.text_of(sections))
        plan["plan_digest"] = approval.together(texts[-1:])
        if options.plan_digest:
            own += approval.changed(options.plan_digest, server, sections, seen)
    return texts
