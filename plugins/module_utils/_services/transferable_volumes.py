# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes as far as handing them over to another project needs them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: What a volume's migration is when it is over, or has never been.
_OVER = (None, "success", "error", "deleting")


class TransferableVolumes(Volumes):
    #: From 3.13 on a volume shows its group.
    microversion = Microversions("3.13", "3.0", "a volume")
    attributes = {
        **Volumes.attributes,
        "group_id": "group_id",
        "consistency_group_id": "consistencygroup_id",
        "migration_status": "os-vol-mig-status-attr:migstat",  # shown to administrators
    }

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


def is_migrating(row: dict) -> bool:
    """Whether a volume is on its way to another back end; its status does not tell."""
    return row["migration_status"] not in _OVER
