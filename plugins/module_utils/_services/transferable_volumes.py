# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes as far as handing them over to another project needs them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


class TransferableVolumes(Volumes):
    #: From 3.13 on a volume shows its group.
    microversion = Microversions("3.13", "3.0", "a volume")
    attributes = {**Volumes.attributes, "group_id": "group_id", "consistency_group_id": "consistencygroup_id"}

    def mark(self, row: dict, project: str) -> dict:
        """Write down where a volume comes from: given by its name, it is found again by that. The row as it is then."""
        return self.set_metadata(row, marks(row, project))

    def unmark(self, row: dict, before: dict) -> None:
        """Make the marks what they were ``before``, in the metadata of then."""
        was = {key: value for key, value in before.items() if key in marks(row, None)}
        merge(self, row, was, unset=set(marks(row, None)) - set(was))


def marks(row: dict, project: str | None) -> dict:
    """The marks of a volume that comes from a project."""
    return {_marks.FROM: project, _marks.FROM_FOR: row["id"]}
