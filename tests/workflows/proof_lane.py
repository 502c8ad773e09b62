# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules server_set_copy and server_set_test, of a server with a disk of Nova's own and a volume."""

from lane import Lane, Wrong
from module_lane import driven, results
from osnap_harness.fixtures import attach, volume
from osnap_harness.purge import everything
from servers import OWN, Site

SET = "eve"
COPIED, TESTED = "copied", "tested"


class ProofLane(Lane):
    """A project with a server of which there is a set."""

    prefix = "proofsweep"
    choices = {"way": (COPIED, TESTED)}
    way = COPIED

    def __init__(self, number, instance):
        super().__init__(number, instance)
        self.environment["PYTHONPATH"] = str(self.output() / "collections")
        self.site = Site(self.source, self.admins[0], self.instance)
        self.command = self.job()

    def job(self):
        if self.way == TESTED:
            given = {"cloud": "source", "server": OWN, "tested_within": "1h"}
            return driven("server_set_test", [given])
        return driven("server_set_copy", [self.copy("present")])

    @staticmethod
    def copy(state):
        return {"cloud": "source", "destination": {"cloud": "target"}, "server": OWN, "name": SET, "state": state}

    @staticmethod
    def set(state):
        return {"cloud": "source", "server": OWN, "name": SET, "state": state}

    # -- the stage

    def furnish(self):
        id = self.site.make_own()
        attach(self.source, id, volume(self.source, "data")["id"])
        self._run(driven("server_snapshot_set", [self.set("present")]))
        self.kept = self._ids()

    def _ids(self):
        return {row["id"] for _kind, row in everything(self.source)}

    def _run(self, command):
        wanted, self.command = self.command, command
        log = self.folder / "stage.log"
        log.write_bytes(b"")
        try:
            return self._to_the_end(log)
        finally:
            self.command = wanted

    def reset(self):
        self.control_rules_gone()
        if self.way == TESTED:  # the next one knows of no test
            self._run(driven("server_snapshot_set", [self.set("absent"), self.set("present")]))
            self.kept = self._ids()
        else:
            self._run(driven("server_set_copy", [self.copy("absent")]))

    def changed_nothing(self, output):
        return all(not told["changed"] for told in results(output))

    # -- the look

    def check(self):
        """Raise Wrong unless the copy is there once, whole, or the set is known to be good, and nothing is there beside
        it.
        """
        beside = [(kind, row) for kind, row in everything(self.source) if row["id"] not in self.kept]
        if beside:
            listed = ", ".join(f"{kind} {row.get('name')} {row['id']}" for kind, row in beside)
            raise Wrong(f"beside what was there is {listed}")
        if self._ids() != self.kept:
            raise Wrong("something of what was there has gone")
        images = [row for row in self.images(self.target) if "osnap_copied_set_id" in row]
        wanted = 2 if self.way == COPIED else 0
        if len(images) != wanted or any(row.get("osnap_complete") != "true" for row in images):
            raise Wrong(f"there are {len(images)} images of copies, {[row.get('osnap_complete') for row in images]}")
        if self.way == TESTED:
            marked = [row for kind, row in everything(self.source) if kind in ("image", "snapshot")]
            found = {(row if "osnap_for" in row else row["metadata"]).get("osnap_tested_result") for row in marked}
            if found != {"passed"}:
                raise Wrong(f"the set's members say {found}")
