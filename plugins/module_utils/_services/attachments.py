# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's side of an attached volume."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

#: Attaching works from 2.1 on; 2.79 takes and shows whether the volume dies with the server.
ATTACH = Microversions("2.79", "2.1", "attaching a volume")
DELETE_ON_TERMINATION = Microversions("2.79", "2.79", "delete_on_termination of a volume")
CHANGE = Microversions("2.85", "2.85", "changing whether a volume goes with its server")
TAG = Microversions("2.79", "2.49", "the tag of a volume")


class Attachments:
    """Which volumes Nova has attached to a server."""

    def __init__(self, cloud):
        self.client = cloud.client("compute")

    def of(self, server) -> dict:
        """``{volume ID: {server_id, device, delete_on_termination, tag}}`` of one server; nothing where the server has
        gone. Old clouds tell neither of the last two.
        """
        found = self.client.get(
            f"/servers/{segment(server)}/os-volume_attachments",
            doing=f"list the volumes of the server {server}",
            resource=server,
            microversion=ATTACH,
            missing_ok=True,
        )
        return {
            one["volumeId"]: {
                "server_id": server,
                "device": one.get("device"),
                "delete_on_termination": one.get("delete_on_termination"),
                "tag": one.get("tag"),
            }
            for one in (() if found is None else found.rows("volumeAttachments"))
        }

    def create(self, server, volume, values, label):
        """Ask Nova to attach a volume; it is only on its way when this returns."""
        given = {key: values[key] for key in ("device", "delete_on_termination", "tag") if key in values}
        version = DELETE_ON_TERMINATION if "delete_on_termination" in given else TAG if "tag" in given else ATTACH
        self.client.write(
            "POST",
            f"/servers/{server}/os-volume_attachments",
            body={"volumeAttachment": {"volumeId": volume, **given}},
            doing=f"attach the volume {label} to the server {server}",
            resource=volume,
            microversion=version,
        )

    def delete(self, server, volume, label):
        """Ask Nova to detach a volume; it is only on its way when this returns. One that is not attached is fine."""
        self.client.write(
            "DELETE",
            f"/servers/{server}/os-volume_attachments/{volume}",
            doing=f"detach the volume {label} from the server {server}",
            resource=volume,
            ok=(404,),
        )

    def let_live(self, server, volume, label):
        """Say that an attached volume outlives its server."""
        self.client.write(
            "PUT",
            f"/servers/{server}/os-volume_attachments/{volume}",
            body={"volumeAttachment": {"volumeId": volume, "delete_on_termination": False}},
            doing=f"let the volume {label} outlive the server {server}",
            resource=volume,
            microversion=CHANGE,
        )
