# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module volume_migration, by a volume and a chosen snapshot of another: by one of its ways, to one of its ends."""

from lane import Wrong
from module_lane import BESIDE, RUN, WAYS, ModuleLane, driven
from osnap_harness.fixtures import snapshot, volume
from osnap_harness.purge import everything, purge
from servers import digest, write

VOLUME, SNAPSHOT, OF_SNAPSHOT = "archive", "eve", "database"
#: What is swept -> the states that the job brings them to, one after another.
STATES = {
    "complete": ("copied", "complete"),
    "rolled_back": ("rolled_back",),
    "finalized": ("finalized",),
    "source_removed": ("source_removed",),
}
#: What the source has before, and after the end of a migration.
OWN = ["snapshot"] + ["volume"] * 2


class VolumeLane(ModuleLane):
    """A project with a volume that no server has, and a snapshot of another one that has been written to since."""

    prefix = "volumesweep"
    choices = {"way": tuple(WAYS), "state": tuple(STATES)}
    #: What is swept, of :data:`STATES`.
    state = "complete"

    @property
    def states(self):
        return STATES[self.state]

    def job(self, *states, servers=(), **options):
        """The command of a job that brings both to states; a snapshot that somebody has chosen is never removed."""
        chosen = [] if self.state == "source_removed" else [{"snapshot": SNAPSHOT}]
        common = {"cloud": "source", "destination": {"cloud": self.where}, "run": RUN, "method": self.way}
        volumes = [{"volume": VOLUME}, *chosen]
        return driven("volume_migration", [{**common, "state": state, "volumes": volumes} for state in states])

    # -- the stage

    def furnish(self):
        other = volume(self.source, OF_SNAPSHOT)
        file = self.here.volume_file(other["id"])
        write(file, SNAPSHOT)
        self.digests = {SNAPSHOT: digest(file)}
        self.kept = {other["id"], snapshot(self.source, SNAPSHOT, other["id"])["id"]}
        write(file, OF_SNAPSHOT)
        self.digests[OF_SNAPSHOT] = digest(file)
        self.own = set()
        self._furnish_volume()

    def _furnish_volume(self):
        """The volume, and what is swept has its beginning."""
        if not self.own:
            made = volume(self.source, VOLUME)
            file = self.here.volume_file(made["id"])
            write(file, VOLUME)
            self.digests[VOLUME] = digest(file)
            self.own = {made["id"]}
            self.before = self._of_source()
        if self.state != "complete":
            self.bring("complete")

    def reset(self):
        self.control_rules_gone()
        if self.state == "source_removed":
            self.own = set()
        for admin, keep in ((self.admins[1], ()), (self.admins[0], self.kept | self.own)):
            purge(admin, keep=keep)
        self._furnish_volume()

    def _of_source(self):
        """``{ID: row}`` of what was there before."""
        return {item["id"]: item for _kind, item in everything(self.source) if item["id"] in self.kept | self.own}

    # -- the look

    def check(self):
        """Raise Wrong unless there is what must be, with its bytes, and the source is as it was."""
        for site, wanted in zip((self.here, self.there), self._wanted(), strict=True):
            self.check_kinds(site, wanted)
        gone = self.own if self.state == "source_removed" else set()
        now = self._of_source()
        if now != (wanted := {id: row for id, row in self.before.items() if id not in gone}):
            raise Wrong(f"of the source differ {[id for id in wanted if now.get(id) != wanted[id]] or sorted(now)}")
        for id, row in now.items():
            if "volume_id" not in row and digest(self.here.volume_file(id)) != self.digests[row["name"]]:
                raise Wrong(f"the volume {row['name']} of the source has other bytes")
        self._check_there()

    def _wanted(self):
        """The kinds of what is in the source, and where it leads to."""
        images = [] if self.way == "transfer" else ["image"] * 2
        copies = [] if self.where == BESIDE else ["image"] * 2  # another project has none of its own
        proofs = [*OWN, "snapshot", *images]
        return {
            "complete": (proofs, ["volume"] * 2 + copies),
            "rolled_back": (OWN if self.way == "transfer" else proofs, copies),
            "finalized": (OWN, ["volume"] * 2),
            "source_removed": (OWN[:-1], ["volume"]),
        }[self.state]

    def _check_there(self):
        ended = self.state in ("finalized", "source_removed")
        for kind, item in everything(self.target):
            if kind == "image":
                if item["status"] != "active" or "osnap_complete" not in item:
                    raise Wrong(f"the image {item['id']} is {item['status']}, with {item}")
                continue
            step = item["metadata"].get("osnap_step") == "finalized"
            if (item["status"], item["metadata"].get("osnap_complete"), step) != ("available", "true", ended):
                raise Wrong(f"the new volume {item['name']} is {item['status']}, with {item['metadata']}")
            if digest(self.there.volume_file(item["id"])) != self.digests.get(item["name"]):
                raise Wrong(f"the new volume {item['name']} has other bytes")
