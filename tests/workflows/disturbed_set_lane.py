# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on which an operator acts while its disks are taken as a set: the set is of one moment, or is not there.

What the members hold is read from the files of the test cloud, and compared with what was on the disks before somebody
acted and afterwards.
"""

from lane import Wrong
from module_lane import driven
from osnap_harness.fixtures import attach, volume
from osnap_harness.purge import everything
from osnap_testcloud.server_disk import disk_path
from servers import OWN, VOLUMES, digest, write
from stale_lane import StaleLane

NAME = "night"
ROOT = "root"


class DisturbedSetLane(StaleLane):
    """A project with one server at a time. It runs, and is stopped for its set."""

    prefix = "setstale"

    def stage(self, kind):
        self.set_up()
        self.name = kind
        if kind == OWN:
            self.id = self.here.make_own(OWN)
            data = volume(self.source, "data")["id"]
            attach(self.source, self.id, data)
            write(self.here.volume_file(data), "data")
        else:
            self.id = self.here.make_with_volumes(VOLUMES)
        given = {"cloud": "source", "name": NAME, "server": self.id, "consistency": "stop"}
        self.command = driven("server_snapshot_set", [given])
        self.truth = self._bytes(self.here.server(self.id))

    def seen(self, row):
        return self._bytes(row)

    def is_there(self):
        """Whether the set was whole before anybody acted: then it has nothing of what was done."""
        return False

    def is_done(self, last):
        """What is wrong with the result of a run that has not failed; None where nothing is."""
        status = last["snapshot_set"]["status"]
        return None if status == "whole" else f"a run without a failure has left a set that is {status}"

    def follow(self, told):
        """Nothing: running again is all that is asked for."""

    def judge(self, was_there_before=False):
        """Raise Wrong unless there is one set, whole, of all disks at one moment, and nothing beside it."""
        members = self._members()
        row = self.here.server(self.id)
        moments = [self.truth, *([self._bytes(row)] if row else [])]
        takings = {marks.get("osnap_set_id") for marks, _digest in members.values()}
        if len(takings) != 1:
            raise Wrong(f"there are members of {len(takings)} sets: {takings}")
        found = {disk: content for disk, (_marks, content) in members.items()}
        if found not in moments:
            differ = sorted(disk for disk in found if any(found[disk] != moment.get(disk) for moment in moments))
            raise Wrong(
                f"TORN: a whole set with disks of no one moment: {differ}; the server has {sorted(moments[-1])}"
            )
        if row and "osnap_stopped_for" in row["metadata"]:
            raise Wrong(f"the server keeps {row['metadata']}")

    def judge_nothing(self):
        """Raise Wrong unless nothing of a set is there."""
        if members := self._members():
            raise Wrong(f"a run that has failed for good has left {sorted(members)}")

    def _members(self):
        """``{disk: (marks, hash of what is in it)}``, the disk ``root`` for Nova's own, else the ID of its volume."""
        found = {}
        place = self.instance / "source"
        for kind, item in everything(self.source):
            marks = item if kind == "image" else item.get("metadata") or {}
            if kind not in ("image", "snapshot") or not marks.get("osnap_set_id"):
                continue
            disk = ROOT if kind == "image" else item["volume_id"]
            if disk in found:
                raise Wrong(f"the disk {disk} was taken twice")
            path = (
                next((place / "glance" / "images").rglob(item["id"]))
                if kind == "image"
                else next((place / "cinder").rglob(f"*@snapshot-{item['id']}"))
            )
            found[disk] = marks, digest(path)
        return found

    def _bytes(self, row):
        """``{disk: hash}`` of a server's disks, by the names of their members."""
        attached = self.source.get("compute", f"/servers/{row['id']}/os-volume_attachments")["volumeAttachments"]
        found = {one["volumeId"]: digest(self.here.volume_file(one["volumeId"])) for one in attached}
        return found | ({ROOT: digest(disk_path(self.instance, "source", row["id"]))} if row["image"] else {})
