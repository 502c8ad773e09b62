# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator may do to the server that is just being moved. Each act waits until the cloud is done with it.

A guest writes only while its server is on, and onto a volume that another server has. An operator is an administrator,
whom our lock does not stop.
"""

from osnap_harness.fixtures import attach, cloud_image, server, volume
from servers import write


class Refused(Exception):
    """The cloud, or common sense, lets nobody do that now."""


class Operator:
    """Somebody who works on the source beside us.

    :param site: the source
    :param id: the server
    :param seed: what is written, so that it is nothing that was there before
    """

    def __init__(self, site, id, seed):
        self.site, self.id, self.seed = site, id, seed

    def _status(self):
        row = self.site.server(self.id)
        if row is None:
            raise Refused("it has no server any more")
        if row["OS-EXT-STS:task_state"]:
            raise Refused(f"Nova is at work: {row['OS-EXT-STS:task_state']}")
        return row["status"]

    def _act(self, body, status):
        answer = self.site.admin.request(
            "compute", "POST", f"/servers/{self.id}/action", body, expect=[200, 202, 204, 400, 403, 409]
        )
        if answer.status >= 400:
            raise Refused(f"Nova answers {answer.status}")
        self.site.settled(self.id, status)

    def _write(self, *devices):
        for device, path in self.site.files(self.site.server(self.id)).items():
            if not devices or device in devices:
                write(path, f"{self.seed}-{device}")

    # -- acts

    def starts(self):
        """It is started; its guest writes nothing yet."""
        if self._status() != "SHUTOFF":
            raise Refused("it is on")
        self._act({"os-start": None}, "ACTIVE")

    def works(self):
        """It is started if it is off, its guest writes, and it is stopped."""
        if self._status() == "SHUTOFF":
            self.starts()
        self._write()
        self._act({"os-stop": None}, "SHUTOFF")

    def goes_on(self):
        """It is started if it is off, its guest writes, and it stays on."""
        if self._status() == "SHUTOFF":
            self.starts()
        self._write()

    def rebuilds(self):
        """Its root disk is made anew of another image's bytes."""
        if not self.site.server(self.id)["image"]:
            raise Refused("it boots from a volume")
        status = self._status()
        self._act({"rebuild": {"imageRef": cloud_image(self.site.cloud, "cirros-like")}}, status)

    def attaches(self):
        """It gets another volume, with data."""
        status = self._status()
        one = volume(self.site.cloud, f"more-{self.seed}")
        write(self.site.volume_file(one["id"]), f"{self.seed}-more")
        self._attach(one["id"])
        self.site.settled(self.id, status)

    def _attach(self, volume_id):
        path = f"/servers/{self.id}/os-volume_attachments"
        self.site.admin.request("compute", "POST", path, {"volumeAttachment": {"volumeId": volume_id}})
        self.site.cloud.wait("block-storage", f"/volumes/{volume_id}", ["volume", "status"], ["in-use"])

    def _detach(self):
        """Its data volume is taken off; its ID."""
        self._status()
        path = f"/servers/{self.id}/os-volume_attachments"
        attached = self.site.cloud.get("compute", path)["volumeAttachments"]
        data = [one for one in attached if not one["device"].endswith("da")]
        if not data:
            raise Refused("it has no data volume")
        answer = self.site.admin.request(
            "compute", "DELETE", f"{path}/{data[0]['volumeId']}", expect=[202, 400, 403, 409]
        )
        if answer.status >= 400:
            raise Refused(f"Nova answers {answer.status}")
        status = ["volume", "status"]
        self.site.cloud.wait("block-storage", f"/volumes/{data[0]['volumeId']}", status, ["available"])
        self.site.settled(self.id)
        return data[0]["volumeId"]

    def detaches(self):
        """Its data volume is taken off."""
        self._detach()

    def lends(self):
        """Its data volume is taken off, written to by another server, and put back."""
        id = self._detach()
        other = server(self.site.cloud, f"other-{self.seed}", network="none")
        attach(self.site.cloud, other["id"], id)
        write(self.site.volume_file(id), f"{self.seed}-lent")
        self.site.cloud.request("compute", "DELETE", f"/servers/{other['id']}")
        self.site.cloud.wait("compute", f"/servers/{other['id']}", ["server", "status"], ["gone"], timeout=60)
        self.site.cloud.wait("block-storage", f"/volumes/{id}", ["volume", "status"], ["available"])
        self._attach(id)
        self.site.settled(self.id)

    def renames(self):
        """It gets another name."""
        body = {"server": {"name": f"renamed-{self.seed}"}}
        self.site.admin.request("compute", "PUT", f"/servers/{self.id}", body)

    def deletes(self):
        """It is deleted."""
        self._status()
        self.site.admin.request("compute", "DELETE", f"/servers/{self.id}")
        self.site.cloud.wait("compute", f"/servers/{self.id}", ["server", "status"], ["gone"], timeout=60)


#: By their names, each as often as it is worth.
ACTS = (
    *("works",) * 4,
    *("goes_on",) * 3,
    *("lends",) * 3,
    *("starts",) * 2,
    *("rebuilds",) * 2,
    *("attaches",) * 2,
    *("detaches",) * 2,
    "renames",
    "deletes",
)
