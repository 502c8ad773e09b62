# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes as far as handing them over to another project needs them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


class TransferableVolumes(Volumes):
    #: From 3.13 on a volume shows its group.
    microversion = Microversions("3.13", "3.0", "a volume")
    attributes = {**Volumes.attributes, "group_id": "group_id", "consistency_group_id": "consistencygroup_id"}

    def mark(self, row, project):
        """Write down where a volume comes from: given by its name, it is found again by that."""
        self.set_metadata(row, {_marks.FROM: project})

    def unmark(self, row):
        self.client.write(
            "DELETE",
            f"/volumes/{row['id']}/metadata/{_marks.FROM}",
            doing=f"remove the mark of the {self.noun} {self.label(row)}",
            resource=row["id"],
            ok=(404,),
        )
