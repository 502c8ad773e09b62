# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cinder that carries out what is written to volumes' and snapshots' texts, metadata and statuses."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


class Cinder(FakeCloud):
    """``refusing`` has the actions that this user lacks the right to."""

    def __init__(self):
        super().__init__()
        self.refusing = set()
        on = self.cinder.on
        on["PUT", r"(/snapshots|/volumes)/([^/]+)"] = self._texts
        on["POST", r"(/snapshots|/volumes)/([^/]+)/metadata"] = self._merge
        on["PUT", r"(/snapshots|/volumes)/([^/]+)/metadata"] = self._replace
        on["DELETE", r"(/snapshots|/volumes)/([^/]+)/metadata/(.+)"] = self._unset
        on["POST", r"/snapshots/([^/]+)/action"] = self._act

    def _row(self, match):
        return self.cinder.tables[match[1]][match[2]]

    def _texts(self, match, body):
        (values,) = body.values()
        self._row(match).update(values)
        return Answer(body)

    def _merge(self, match, body):
        row = self._row(match)
        row["metadata"] = {**row.get("metadata", {}), **body["metadata"]}
        return Answer({"metadata": row["metadata"]})

    def _replace(self, match, body):
        self._row(match)["metadata"] = dict(body["metadata"])
        return Answer(body)

    def _unset(self, match, body):
        metadata = self._row(match)["metadata"]
        key = match[3].replace("%20", " ")
        return Answer(status_code=404 if metadata.pop(key, None) is None else 200)

    def _act(self, match, body):
        ((action, given),) = body.items()
        if action in self.refusing:
            raise OsnapError("Could not do it: answered 403; an administrator is needed for it.", status=403)
        snapshots = self.cinder.tables["/snapshots"]
        if match[1] not in snapshots:
            return Answer(status_code=404)
        if action == "os-reset_status":
            snapshots[match[1]]["status"] = given["status"]
        else:
            del snapshots[match[1]]
        return Answer(status_code=202)
