# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of protection as a task that only reads: its options, what is read, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect as login
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._protection import asked, policies, status, survey

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.protection import Protection


class Reading:
    """The status of what an operation of protection protects."""

    def __init__(self, protection: Protection):
        self.protection, self.many = protection, protection.many
        self.options: dict[str, Any] = {
            self.many: {"type": "list", "elements": "dict", "options": protection.options},
            **asked.POLICIES,
        }

    def connect(self, params: dict) -> Cloud:
        """The cloud, if the arguments make sense."""
        if wrong := list(self._wrong(params)):
            raise OsnapError("; ".join(wrong) + ".")
        return login(params)

    def read(self, cloud: Cloud, params: dict) -> dict[str, Any]:
        """``{volumes or servers, alarms, summary}``."""
        service, now = self.protection.objects(cloud), datetime.now(timezone.utc)
        rows = service.list()
        every = [{**dict.fromkeys(self.protection.options), "regex": ".*"}] if rows else []
        items = every if params[self.many] is None else params[self.many]
        chosen = survey.selected(service, items, params["exclude"], rows)
        found = survey.subjects(service, chosen, rows, policies.read(params["policies"]), params["default_policy"])
        if error := next((one for one in found if isinstance(one, OsnapError)), None):
            raise error
        looked = self.protection.history(cloud)
        kinds = {one.kind for one in found if one.kind}
        looked.look(kinds)
        taken = {kind: looked.by_source([kind]) for kind in kinds}
        wanted = {one.id: one.policy for one in found if one.policy and one.policy.copy_to}
        copies = self.protection.copies_there(cloud, wanted) if wanted else {}
        told = [status.status(one, taken.get(one.kind, {}).get(one.id, ()), now, copies.get(one.id)) for one in found]
        return {
            self.many: [one.row for one in told],
            "alarms": [alarm for one in told for alarm in one.alarms],
            "summary": status.summary([one.row for one in told]),
        }

    def _wrong(self, params: dict) -> Iterator[str]:
        noun = self.many.removesuffix("s")
        yield from asked.wrong(params, noun)
        for index, item in enumerate(params[self.many] or ()):
            if clause := selection.problem(item, (noun,)):
                yield f"{self.many}[{index}]: {clause}"
            for clause in asked.unknown("policy", item["policy"], params["policies"]):
                yield f"{self.many}[{index}]: {clause}"
