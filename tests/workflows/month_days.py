# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators do by day, between two nights: to servers, and to the sets that are there."""

from osnap_harness.fixtures import attach, volume
from osnap_harness.purge import everything
from servers import OWN, VOLUMES

#: What happens on the day before a night; more often the more times it is here.
DAYS = ("nothing", "nothing", "nothing", "attached", "renamed", "held", "torn", "torn", "removed", "let_go")
#: What somebody does to a set, which must be known to be there.
OF_SETS = ("held", "let_go", "torn")
GONER = "old01"
MOST_VOLUMES = 2


class ByDay:
    """A part of the lane. Each act tells what it did, or nothing where nothing could be done, and notes what there must
    be from then on.
    """

    def _nothing(self):
        return ""

    def _attached(self):
        if self.changes >= MOST_VOLUMES:
            return ""
        self.changes += 1
        added = volume(self.source, f"more{self.changes}")["id"]
        attach(self.source, self.ids[OWN], added)
        self.stage.add(added)
        return "a volume was attached"

    def _renamed(self):
        self.changes += 1
        body = {"server": {"name": f"renamed{self.changes}"}}
        self.source.request("compute", "PUT", f"/servers/{self.ids[VOLUMES]}", body)
        return "a server was renamed"

    def _removed(self):
        id = self.ids[GONER]
        if id not in self.live() or len(self.good[id]) < 3:
            return ""
        self.source.request("compute", "DELETE", f"/servers/{id}")
        self.source.wait("compute", f"/servers/{id}", ["server", "status"], ["gone"])
        self.stage = self._stage()
        return "a server was removed"

    def _held(self):
        one = self._drawn()
        if one is None:
            return ""
        id, day = one
        self.held[id].add(day)
        self._mark(self._member(id, day), "true")
        return f"the set of {day} was put on hold"

    def _let_go(self):
        for id, days in self.held.items():
            for day in sorted(days & set(self.good[id])):
                days.remove(day)
                for row in self._members(id, day):
                    self._mark(row, "false")
                return f"the set of {day} was let go"
        return ""

    def _torn(self):
        one = self._drawn()
        if one is None:
            return ""
        id, day = one
        kind, row = self._member(id, day)
        path = f"/v2/images/{row['id']}" if kind == "image" else f"/snapshots/{row['id']}"
        service = "image" if kind == "image" else "block-storage"
        self.source.request(service, "DELETE", path)
        self.source.wait(service, path, ["status"], ["gone"], unwanted=())
        self.good[id].pop(day)
        self.held[id].discard(day)
        if len(self._members(id, day)):
            self.torn[id].add(day)
        return f"the set of {day} was torn"

    def _drawn(self):
        """A server and the day of one of its sets."""
        found = [(id, day) for id in self.live() for day in sorted(self.good[id]) if day not in self.held[id]]
        return self.chance.choice(found) if found else None

    def _members(self, id, day):
        """``(kind, row)`` of what a set has."""
        found = []
        for kind, row in everything(self.source, {"image", "snapshot"}):
            marks = row if kind == "image" else row["metadata"]
            if (marks.get("osnap_set_server"), marks.get("osnap_window")) == (id, day.isoformat()):
                found.append((kind, row))
        return found

    def _member(self, id, day):
        return self.chance.choice(sorted(self._members(id, day), key=lambda one: one[1]["created_at"]))

    def _mark(self, member, value):
        kind, row = member
        if kind == "image":
            body = [{"op": "add", "path": "/osnap_hold", "value": value}]
            headers = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
            self.source.request("image", "PATCH", f"/v2/images/{row['id']}", body, headers=headers)
        else:
            self.source.post("block-storage", f"/snapshots/{row['id']}/metadata", {"metadata": {"osnap_hold": value}})
