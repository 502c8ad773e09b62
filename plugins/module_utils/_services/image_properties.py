# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The properties of Glance images as what they are to users: metadata."""

from __future__ import annotations

import re

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import difference, settled
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import PATCH, Images

#: What services have written: how the disk is to be attached, what it came from. Replacing a user's metadata leaves it
#: alone.
OF_SERVICES = re.compile(
    r"(hw_|os_|img_|cinder_|nova_|owner_|vmware_|trait:)|(architecture|auto_disk_config|base_image_ref|bdm_v2|block_device_mapping|boot_roles|clean_attempts|"
    r"image_location|image_state|image_type|instance_uuid|kernel_id|mappings|ramdisk_id|root_device_name|stores|user_id)$"
)


class ImageProperties(Images):
    def set_metadata(self, row, metadata, *, unset=(), replace=False):
        """Set and remove properties, as :meth:`VolumeSnapshots.set_metadata`."""

        def send(row, todo):
            differing, superfluous = todo
            # "add" also sets what is there; "remove" of what somebody else has removed meanwhile is a conflict, to be
            # looked at again.
            operations = [
                {"op": "add", "path": f"/{_pointer(key)}", "value": value} for key, value in differing.items()
            ]
            operations += [{"op": "remove", "path": f"/{_pointer(key)}"} for key in superfluous]
            self.client.write(
                "PATCH",
                f"/images/{row['id']}",
                body=operations,
                headers=PATCH,
                doing=f"set the properties of the image {self.label(row)}",
                resource=row["id"],
                ok=(409,),
            )

        known = set(row["properties"])
        return settled(
            row, lambda row: difference(row["properties"], metadata, unset, replace, known), send, self._there
        )

    def _there(self, row):
        found = self.get(row["id"])
        if found is None:
            raise OsnapError(
                f"The image {self.label(row)} vanished while it was changed; somebody deleted it.", resource=row["id"]
            )
        return found


def _pointer(key):
    return key.replace("~", "~0").replace("/", "~1")
