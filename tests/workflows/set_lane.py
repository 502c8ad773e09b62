# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module server_snapshot_set, of a server that is stopped for it: by disk or by group."""

import time
from collections import Counter

from lane import Lane, Wrong
from module_lane import driven, results
from osnap_harness.fixtures import attach, volume
from osnap_harness.purge import everything
from servers import OWN, VOLUMES, Site

NAME = "sweep"
EACH, GROUP = "each", "group"
TAKEN, REMOVED = "taken", "removed"
GROUP_TYPE = "consistent"
#: Seconds for what a killed run has asked for to end.
SETTLES = 60


class SetLane(Lane):
    """A project with a server whose disks are taken."""

    prefix = "setsweep"
    choices = {"way": (EACH, GROUP), "state": (TAKEN, REMOVED)}
    way, state = EACH, TAKEN

    def __init__(self, number, instance):
        super().__init__(number, instance)
        self.environment["PYTHONPATH"] = str(self.output() / "collections")
        self.here = Site(self.source, self.admins[0], self.instance)
        self.command = self.job("present" if self.state == TAKEN else "absent")

    def job(self, state):
        given = {"cloud": "source", "name": NAME, "state": state, "consistency": "stop", "server": self.called}
        return driven("server_snapshot_set", [given])

    @property
    def called(self):
        return OWN if self.way == EACH else VOLUMES

    # -- the stage

    def furnish(self):
        if self.way == EACH:
            self.id = self.here.make_own()
            attach(self.source, self.id, volume(self.source, "data")["id"])
        else:
            self.id = self.here.make_with_volumes()
            self._into_a_group([row["id"] for kind, row in everything(self.source) if kind == "volume"])
        self.before = self._ids()
        if self.state == REMOVED:
            self.bring("present")

    def _into_a_group(self, volumes):
        types = sorted({self.source.get("block-storage", f"/volumes/{id}")["volume"]["volume_type"] for id in volumes})
        body = {"group": {"name": "all", "group_type": GROUP_TYPE, "volume_types": types}}
        path = f"/groups/{self.source.post('block-storage', '/groups', body)['group']['id']}"
        self.source.wait("block-storage", path, ["group", "status"], ["available"])
        self.source.request("block-storage", "PUT", path, {"group": {"add_volumes": ",".join(volumes)}})
        self.source.wait("block-storage", path, ["group", "status"], ["available"])

    def bring(self, state):
        """The set is there, or gone."""
        log = self.folder / "brought.log"
        log.write_bytes(b"")
        whole, self.command = self.command, self.job(state)
        try:
            self._to_the_end(log)
        finally:
            self.command = whole

    def reset(self):
        self.control_rules_gone()
        self.bring("absent" if self.state == TAKEN else "present")
        if self.here.server(self.id)["status"] != "ACTIVE":
            self.here.act(self.id, {"os-start": None}, "ACTIVE")

    def changed_nothing(self, output):
        return all(not told["changed"] for told in results(output))

    # -- the look

    def check(self):
        """Raise Wrong unless the set is there once, whole, or gone, and the server runs as before."""
        deadline = time.monotonic() + SETTLES
        while (wrong := self._wrong()) and time.monotonic() < deadline:
            time.sleep(1)
        if wrong:
            raise Wrong(wrong)

    def _wrong(self):
        server = self.here.server(self.id)
        if server["status"] != "ACTIVE" or "osnap_stopped_for" in server["metadata"]:
            return f"the server is {server['status']}, with {server['metadata']}"
        new = [(kind, row) for kind, row in everything(self.source) if row["id"] not in self.before]
        kinds = Counter(kind for kind, _row in new)
        if kinds != self._wanted():
            return f"there are {dict(kinds)} beside what was there"
        takings = set()
        for kind, row in new:
            if row["status"] not in ("active", "available"):
                return f"the {kind} {row['id']} is {row['status']}"
            if kind != "group_snapshot":
                takings.add((row if kind == "image" else row["metadata"]).get("osnap_set_id"))
            if kind == "image" and row["osnap_for"] != row["id"]:
                return f"the image {row['id']} does not name itself"
        return f"its members are of {takings}" if new and (len(takings) > 1 or None in takings) else None

    def _wanted(self):
        if self.state == REMOVED:
            return Counter()
        return Counter(image=1, snapshot=1) if self.way == EACH else Counter(snapshot=2, group_snapshot=1)

    def _ids(self):
        return {row["id"] for _kind, row in everything(self.source)}
