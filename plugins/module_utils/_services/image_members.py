# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The projects that an image is shared with."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment


class ImageMembers:
    """Known by their projects. Only a shared image has members; a member sees itself alone."""

    def __init__(self, cloud):
        self.cloud, self.client = cloud, cloud.client("image")

    def of(self, image):
        """``{project ID: status}``; None where the cloud does not let this user see them."""
        if image["visibility"] != "shared":
            return {}
        try:
            found = self.client.get(
                f"/images/{image['id']}/members",
                doing=f"read the members of the image {image['id']}",
                resource=image["id"],
                missing_ok=True,
            )
        except OsnapError as error:
            if error.status == 403:  # a policy of the cloud; whoever wants to change them is told so then
                return None
            raise
        members = () if found is None else found.rows("members")
        return {member["member_id"]: member["status"] for member in members}

    def add(self, image, project):
        self.client.write(
            "POST",
            f"/images/{image['id']}/members",
            body={"member": project},
            ok=(409,),
            resource=image["id"],
            doing=f"share the image {image['id']} with the project {project}",
        )

    def remove(self, image, project):
        self.client.write(
            "DELETE",
            f"/images/{image['id']}/members/{segment(project)}",
            ok=(404,),
            resource=image["id"],
            doing=f"stop sharing the image {image['id']} with the project {project}",
        )

    def answer(self, image, status):
        """Accept or reject what is shared with the project of the credentials."""
        self.client.write(
            "PUT",
            f"/images/{image['id']}/members/{self.cloud.project_id}",
            body={"status": status},
            resource=image["id"],
            doing=f"set the membership of the image {image['id']} to {status}",
        )
