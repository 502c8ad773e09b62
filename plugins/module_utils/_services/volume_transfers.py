# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's volume transfers: an offer of one project, which whoever has its key may accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

#: From 3.55 on it can be said whether the snapshots travel; from 3.70 on encrypted volumes can, with their snapshots.
TRANSFERS = Microversions("3.70", "3.55", "saying what becomes of these")
ENCRYPTED = Microversions("3.70", "3.70", "the transfer of an encrypted volume")


class VolumeTransfers(Service):
    resource = "volume_transfer"
    noun = "volume transfer"
    api = "block-storage"
    path = "/volume-transfers"
    detail = "/volume-transfers/detail"
    collection = "transfers"
    member = "transfer"
    microversion = TRANSFERS
    attributes = {"id": "id", "name": "name", "volume_id": "volume_id", "created_at": "created_at"}

    def __init__(self, cloud: Cloud, of_old: bool = False):
        """``of_old``: the API of clouds before 3.55, which knows of no snapshots."""
        super().__init__(cloud)
        self.of_old = of_old
        if of_old:
            self.path, self.detail, self.microversion = "/os-volume-transfer", "/os-volume-transfer/detail", None

    @staticmethod
    def name_of(volume: str) -> str:
        """The name of our offer of a volume. The volume's own marks can't tell whose offer it is: they stay when it comes
        back, and are on a restored backup of it.
        """
        return "osnap-" + _marks.same_id("volume_transfer", volume)

    def ours(self, volumes: Iterable[str]) -> dict[str, list[dict]]:
        """``{volume ID: [offers]}`` that this project has made through us."""
        rows = (self._list_of_old() if self.of_old else self.list()) if volumes else []
        return {
            volume: [row for row in rows if row["volume_id"] == volume and row["name"] == self.name_of(volume)]
            for volume in volumes
        }

    def _list_of_old(self) -> list[dict]:
        """All at once: the old API takes a page's size for a filter, and finds nothing that has it."""
        return [self.row(raw) for raw in self.client.get(self.detail, doing=f"list {self.noun}s").rows("transfers")]

    def create(self, volume: dict, *, snapshots: bool, encrypted: bool) -> tuple[str, str]:
        """Offer a volume; ``(ID, key)``. Nobody sees the key ever again: neither is it logged."""
        body = {"volume_id": volume["id"], "name": self.name_of(volume["id"])}
        if not self.of_old:
            body["no_snapshots"] = not snapshots
        doing = f"offer the volume '{volume['name']}' ({volume['id']})"
        answer = self.client.write(
            "POST",
            self.path,
            body={"transfer": body},
            doing=doing,
            resource=volume["id"],
            microversion=ENCRYPTED if encrypted else self.microversion,
            log=False,
        )
        transfer = self.client.created(answer, "transfer", doing=doing, resource=volume["id"])
        return transfer["id"], transfer["auth_key"]

    def accept(self, id: str, key: str, volume: dict) -> None:
        """Take an offer, with the credentials of the project that takes it."""
        self.client.write(
            "POST",
            f"{self.path}/{id}/accept",
            body={"accept": {"auth_key": key}},
            resource=volume["id"],
            microversion=self.microversion,
            log=False,
            doing=f"accept the volume '{volume['name']}' ({volume['id']})",
        )

    def delete(self, id: str, volume: str) -> bool:
        """Take an offer back; False where there is none any more."""
        return (
            self.client.write(
                "DELETE",
                f"{self.path}/{id}",
                doing=f"take back the offer of the volume {volume}",
                resource=volume,
                ok=(404,),
                microversion=self.microversion,
            ).status_code
            != 404
        )
