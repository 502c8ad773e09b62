# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When an image that we make counts as finished, how it becomes so, and what may be changed of it then.

The same for copies and for images of snapshots. Whoever finds one finished that was not when it planned takes it: a twin
was faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Merged
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import UPDATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images


def is_declared(row: dict) -> bool:
    """Whether an image was declared complete, whatever has become of it since."""
    return bool(_marks.of_image(row).get(_marks.COMPLETE))


def is_finished(row: dict) -> bool:
    return row["status"] == "active" and is_declared(row)


def only_one(rows: list[dict], *, name: str, what: str, label: Callable[[dict], str], where: str = "") -> dict | None:
    """The finished one of the images that were made for one purpose, or None; raises where it can't be told, or is not
    active any more.

    :param what: what several of them are called, such as "copies of the image 1"
    """
    found = [row for row in rows if is_finished(row)]
    if len(found) > 1:
        raise OsnapError(
            f"{len(found)} finished {what} are named '{name}'{where}: {lookup.listing(found)}; remove all but one, then"
            " run again.",
            resource=name,
        )
    if not found and (taken := next(filter(is_declared, rows), None)):
        raise OsnapError(
            f"{label(taken)} is in status {taken['status']}; make it active again, or delete it, then run again.",
            resource=taken["id"],
        )
    return found[0] if found else None


def kept(row: dict) -> str | None:
    """Why an image stays though it was unfinished when it was looked at, as a clause; None if it may go."""
    return "it was finished meanwhile" if is_declared(row) else None


def differences(row: dict, wanted: dict) -> dict:
    """``{attribute: new value}`` of what is otherwise; ``properties`` are merged."""
    new = {key: value for key, value in wanted.items() if key != "properties" and row[key] != value}
    properties = wanted.get("properties") or {}
    if any(row["properties"].get(key) != value for key, value in properties.items()):
        new["properties"] = Merged(row["properties"], properties)
    return new


def plan_finished(row: dict, wanted: dict, described: dict) -> Plan:
    """The plan for a finished image: its data are never touched, options that are set are changed.

    :param wanted: the options that are set, by attribute
    :param described: what the diff says of it beside what changes
    """
    new = differences(row, wanted)
    before = {"state": "present", **described, **{key: row[key] for key in new}}
    shown = {key: dict(value) if key == "properties" else value for key, value in new.items()}
    predicted = {**row, **shown, **({"updated_at": None} if new else {})}
    return Plan(before, {**before, **shown}, (Step(UPDATE, new),) if new else (), row, predicted)


def changed(images: Images, plan: Plan) -> dict:
    """The finished image of a plan, with the options that it lacked."""
    step = plan.step(UPDATE)
    return images.update(plan.current, step.values) if step else plan.current


def declare(images: Images, row: dict, wanted: dict, pause: Callable[[], None]) -> dict:
    """Declare an image complete, and only now visible to whom it shall be. One that was begun with other options gets
    those of this task.
    """
    properties = {**(wanted.get("properties") or {}), _marks.FOR: row["id"], _marks.COMPLETE: "true"}
    wanted, seen = {**wanted, "properties": properties}, [row]

    def look():
        seen.append(images.get(row["id"]) or row)
        return None if differences(seen[-1], wanted) else seen[-1]

    return send_once(lambda: images.update(seen[-1], differences(seen[-1], wanted)), look, pause)
