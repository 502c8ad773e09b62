# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning: what is selected, what the policy leaves of it, and the deletions in the order that the service allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, waiter, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_GONE, DELETE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Stays
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.kinds import KINDS
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.prune_plan import pruning
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import Policy, by_itself

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


#: What a deletion came to where nothing stays: it was asked for, or somebody else had done so already.
ASKED_FOR, OTHERS_DID = "asked for", "others did"


@dataclass(frozen=True)
class Selection:
    """What pruning has found: the kind, the rows by ID in the order of the table, those that are being deleted already,
    and what can't be without what.
    """

    kind: object
    rows: dict
    leaving: tuple
    needs: dict


class SnapshotPrune(Operation):
    """All snapshots of one kind that are selected."""

    returns = "snapshots"

    # -- plan

    def plan(self, context: Context, item: dict) -> Plan:
        params, cloud = context.params, context.cloud
        kind = KINDS[params["kind"]](cloud)
        rows, torn = self._selected(kind, params, cloud)
        leaving = [row for row in rows if row["status"] in kind.service.statuses.leaving]
        judged = _judged(kind, rows, params, torn, {row["id"] for row in leaving})
        by_id = {row["id"]: row for row in rows}
        steps = tuple(Step(DELETE, {"ids": wave}) for wave in judged.waves) + ((Step(AWAIT_GONE),) if leaving else ())
        table = [_told(kind, by_id[id], judged.verdicts[id], context.wait) for id in judged.table]
        found = Selection(kind, {id: by_id[id] for id in judged.table}, tuple(leaving), kind.needs(rows))
        return Plan(
            _side(found, without=()),
            _side(found, without=set().union(*judged.waves)),
            steps,
            None,
            table,
            carried=found,
        )

    @staticmethod
    def _selected(kind, params, cloud):
        """``(rows, {ID: why it stays})``; the latter of those that only some of their marks select."""
        ids = None
        if params["sources"]:
            found = lookup.resolve(kind.sources(cloud), params["sources"])
            errors = [id for value, id in sorted(found.items()) if isinstance(id, OsnapError)]
            if errors:
                raise OsnapError(" ".join(map(str, errors)), **errors[0].fields)
            ids = sorted(set(found.values()))
        series, prefix = (params["series"] or "").strip(), params["name_prefix"] or ""
        rows = [
            row
            for row in kind.rows(kind.service(cloud), ids)
            if (ids is None or row[kind.source] in ids) and (row["name"] or "").startswith(prefix)
        ]
        if not series:
            return rows, {}
        torn = {row["id"]: why for row in rows if (why := kind.torn(row, series))}
        return [row for row in rows if row["id"] in torn or kind.marks(row).get(_marks.SERIES) == series], torn

    # -- apply

    def apply(self, context: Context, plan: Plan) -> Outcome:
        found = plan.carried
        service, rows, table = (
            bound(found.kind.service(context.cloud), context),
            found.rows,
            {line["id"]: line for line in plan.resource},
        )
        waves = [[rows[id] for id in step.values["ids"]] for step in plan.steps if step.verb == DELETE]
        failed, stayed, others, awaited, before = {}, {}, set(), list(found.leaving), written.count()
        for number, wave in enumerate(waves):
            for row in wave:
                if upper := _needed(row, found.needs, stayed):
                    stayed[row["id"]] = f"{upper} needs it"
                elif _needed(row, found.needs, failed):
                    failed[row["id"]] = NotSent("Not attempted, because what is built upon it could not be deleted.")
            going = [row for row in wave if row["id"] not in failed and row["id"] not in stayed]
            kept = _kept(found.kind, context.params, list(rows.values())) if going else None
            results = context.map(lambda row, kept=kept: delete_row(service, row, kept), going)
            for row, result in zip(going, results, strict=True):
                if isinstance(result, OsnapError):
                    failed[row["id"]] = result
                elif isinstance(result, Stays):
                    stayed[row["id"]] = f"{result.why}, seen right before its deletion"
                else:
                    awaited.append(row)
                    others |= {row["id"]} if result == OTHERS_DID else set()
            if context.wait or number + 1 < len(waves):
                failed.update(_awaited(context, service, awaited))
                awaited = []
        failed.update(_awaited(context, service, awaited) if context.wait else {})
        for id, why in stayed.items():
            table[id].update(verdict="keep", reasons=[why], deleted=False)
        for id in others:
            table[id].update(reasons=["it is being deleted already"])
        for id, error in failed.items():
            table[id].update(deleted=False, msg=str(error))
        went = {id for wave in waves for id in (row["id"] for row in wave)} - set(stayed) - set(failed)
        return Outcome(
            plan.resource,
            error=(
                _summary(service, [(rows[id], error) for id, error in failed.items()], sum(map(len, waves)))
                if failed
                else None
            ),
            # What really went by this task. Where all was refused, kept at the last moment, or deleted by somebody else
            # nothing was changed.
            instead=replace(
                plan,
                before=_side(found, without=others - set(failed)),
                after=_side(found, without=went),
                steps=plan.steps if written.count() > before else (),
            ),
        )


def _side(found, without):
    """One side of the diff: a line for each, but for what goes or was going anyway."""
    without = {*without, *(row["id"] for row in found.leaving)}
    return {
        "snapshots": [
            f"{row['name'] or ''} ({id}), {row['created_at']}, of {row[found.kind.source]}"
            for id, row in found.rows.items()
            if id not in without
        ]
    }


def _kept(kind, params, rows):
    """Why one stays that was to be deleted: what has happened to it since the plan. The rules are not asked again, for
    one that came meanwhile must not make others go.
    """
    policy, series, ties = Policy.of(params), (params["series"] or "").strip(), kind.ties(rows)

    def kept(row):
        if series and kind.marks(row).get(_marks.SERIES) != series:
            return f"no longer of the series {series}"
        item = kind.items([row], ties)[0]
        protected = ["protected"] if row.get("is_protected") and "protected" not in item.ties else []
        return ", ".join(by_itself(policy, item, datetime.now(timezone.utc)) + protected)

    return kept


def _judged(kind, rows, params, torn, leaving):
    """What pruning makes of the rows. What ties a snapshot is looked up only if any would be deleted without it."""
    policy, now, stays = Policy.of(params), datetime.now(timezone.utc), {id: (why,) for id, why in torn.items()}
    unfused = Policy.of({**params, "max_delete": None})
    untied = pruning(unfused, kind.items(rows, {}), now, stays, leaving)
    if not untied.waves:
        return untied
    asked = [row for row in rows if row["id"] not in stays and row["id"] not in leaving]
    return pruning(policy, kind.items(rows, kind.ties(asked)), now, stays, leaving)


def _told(kind, row, verdict, wait):
    deleted = False if verdict.keep else True if wait else None
    return {
        "id": row["id"],
        "name": row["name"],
        "created_at": row["created_at"],
        "source": row[kind.source],
        "status": row["status"],
        "verdict": "keep" if verdict.keep else "delete",
        "reasons": list(verdict.reasons),
        "deleted": deleted,
        "msg": None,
    }


def _needed(row, needs, others):
    """One of others that is built upon a row, or None."""
    return next((id for id in others if row["id"] in needs.get(id, ())), None)


def delete_row(service, row, kept):
    """One deletion; :class:`Stays` for what must not go any more, else by whom it goes. A request is refused while
    another one is carried out, so that a failed one is looked at again.
    """
    before = written.count()

    def going():
        now = service.get(row["id"])
        return True if now is None or now["status"] in service.statuses.leaving else None

    try:
        result = send_once(lambda: service.delete_if(row, kept), going, service.pause)
    except OsnapError as error:
        if not written.is_refusal(error) or not going():
            raise
        result = True  # another task has been faster by a moment
    return result if isinstance(result, Stays) else ASKED_FOR if written.count() > before else OTHERS_DID


def _awaited(context, service, rows):
    """``{id: error}`` of those that did not go."""
    gone = waiter.wait(
        service, {row["id"]: waiter.GONE for row in rows}, timeout=context.timeout, progress=context.progress
    )
    return {id: result for id, result in gone.items() if isinstance(result, OsnapError)}


def _summary(service, failed, of):
    tried = [(row, error) for row, error in failed if not isinstance(error, NotSent)]
    first = tried[0][1]
    skipped = len(failed) - len(tried)
    told = " ".join(str(error) for _row, error in tried[:5])
    more = f" {len(tried) - 5} more are in snapshots." if len(tried) > 5 else ""
    rest = f" {skipped} were not attempted." if skipped else ""
    return OsnapError(f"{len(tried)} of {of} {service.noun}s could not be deleted. {told}{more}{rest}", **first.fields)
