# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cloud is told of backups that are in its store: after those that they are built upon. The module declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_READY, CREATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import (
    BACKUPS,
    GIGABYTES_OF_BACKUPS,
    needed,
    over_quota,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_records import BackupRecords, decoded

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

NO_RECORD = (
    "backup_url is no record of a backup, which is a long text without blanks, as volume_backup_record_info returns it"
)


class VolumeBackupRecord(Operation):
    def problem(self, item: dict, params: dict) -> str | None:
        if not (item["backup_service"] or "").strip():
            return "backup_service is missing; give what volume_backup_record_info returns"
        return None if decoded(item["backup_url"]) else NO_RECORD

    def identity(self, item: dict) -> str | None:
        record = decoded(item["backup_url"])
        return record and record["id"].lower()

    def title(self, item: dict) -> str:
        return decoded(item["backup_url"])["id"]

    def target(self, plan: Plan) -> str:
        return plan.desired["record"]["id"]

    # -- plan

    def prepare(self, context: Context, items: list) -> list:
        return [{**item, "record": decoded(item["backup_url"])} for item in items]

    def plan_all(self, context: Context, items: list) -> list:
        service = BackupRecords(context.cloud)
        records = [item["record"] for item in items]
        parents = {record["parent_id"] for record in records if record.get("parent_id")}
        there = service.by_id(sorted({record["id"] for record in records} | parents))
        given = {record["id"] for record in records}
        plans: list = []
        for item in items:
            record, row = item["record"], there.get(item["record"]["id"])
            parent = record.get("parent_id")
            if row is not None:
                plans.append(_known(service, context, item, row))
            elif parent and parent not in given and there.get(parent, {}).get("status") != "available":
                plans.append(
                    OsnapError(
                        f"The backup {_label(record)} is built upon the backup {parent}, which is not available in cloud"
                        f" {context.cloud.name}; import its record, too.",
                        resource=record["id"],
                    )
                )
            else:
                plans.append(_new(service, item))
        fresh = [plan for plan in plans if isinstance(plan, Plan) and plan.does(CREATE)]
        sizes = [(plan.desired["record"]["size"], None) for plan in fresh]
        over = over_quota(service.room(), needed(BACKUPS, sizes, GIGABYTES_OF_BACKUPS)) if fresh else None
        return [over if over and plan in fresh else plan for plan in plans]

    # -- apply

    def apply_all(self, context: Context, plans: list) -> list:
        """One after the other, each after what it is built upon; then all are waited for together."""
        service, errors = waiter.bound(BackupRecords(context.cloud), context), {}
        new = [plan for plan in plans if plan.does(CREATE)]
        for plan in _bases_first(new):
            parent = plan.desired["record"].get("parent_id")
            work = _without_base if parent in errors else _imported
            (result,) = context.map(lambda plan, work=work: work(service, plan), [plan])
            if isinstance(result, OsnapError):
                errors[plan.desired["record"]["id"]] = result
        ids = [plan.desired["record"]["id"] for plan in plans]
        goals = {id: waiter.READY for id in ids if id not in errors}
        rows = (
            waiter.wait(service, goals, timeout=context.timeout, progress=context.progress)
            if context.wait
            else service.by_id(list(goals))
        )
        found = [errors.get(id) or rows.get(id) for id in ids]
        return [one if isinstance(one, OsnapError) else Outcome(one) for one in found]


def _label(record):
    name = record.get("display_name")
    return f"'{name}' ({record['id']})" if name else record["id"]


def _known(service, context, item, row):
    shown = {"state": "imported"}
    if row["status"] in service.statuses.leaving:
        return OsnapError(
            f"The volume backup {service.label(row)} is being deleted from cloud {context.cloud.name}, and with it what"
            " is in the store.",
            resource=row["id"],
        )
    if row["status"] in service.statuses.failed:
        reason = service.reason(row)
        return OsnapError(
            f"The volume backup {service.label(row)} is in cloud {context.cloud.name} already, in status {row['status']}"
            f"{': ' + reason if reason else ''}; look at it there.",
            resource=row["id"],
        )
    wait = () if row["status"] in service.statuses.ready else (Step(AWAIT_READY),)
    predicted = {key: value if key == "id" else None for key, value in row.items()} if wait else row
    return Plan(shown, shown, wait, row, predicted, item)


def _new(service, item):
    record = item["record"]
    predicted = {
        **dict.fromkeys(service.keys()),
        "id": record["id"],
        "name": record.get("display_name"),
        "description": record.get("display_description"),
        "size": record["size"],
    }
    steps = (Step(CREATE), Step(AWAIT_READY))
    return Plan({"state": "absent"}, {"state": "imported"}, steps, None, predicted, item)


def _bases_first(plans):
    """In the order in which each comes after what it is built upon."""
    left, ordered = {plan.desired["record"]["id"]: plan for plan in plans}, []
    while left:
        free = [id for id, plan in left.items() if plan.desired["record"].get("parent_id") not in left]
        ordered += [left.pop(id) for id in free or list(left)]  # records that go round are Cinder's to refuse
    return ordered


def _imported(service, plan):
    item, record = plan.desired, plan.desired["record"]

    def look():
        return service.get(record["id"])

    def send():
        try:
            service.take(item["backup_service"].strip(), item["backup_url"].strip(), _label(record))
        except OsnapError as error:
            if error.status != 400 or look() is None:  # else another task has been faster by a moment
                raise

    send_once(send, look, service.pause)


def _without_base(service, plan):
    record = plan.desired["record"]
    raise OsnapError(
        f"The backup {_label(record)} was not imported, because the one that it is built upon, {record['parent_id']},"
        " could not be.",
        resource=record["id"],
    )
