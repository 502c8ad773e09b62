# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bad disk, a bug or an operator does to a snapshot set, behind the back of whoever took it."""

import contextlib
import os
import sqlite3

from osnap_harness.fixtures import cloud_image
from servers import write

PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
#: The marks of one member that are altered; what each gets is not what it had.
MARKS = (
    *("osnap_set_disk", "osnap_set", "osnap_set_id", "osnap_set_server", "osnap_set_disks", "osnap_set_disks"),
    *("osnap_set_after", "osnap_set_consistency", "osnap_set_at"),
)
#: Where the disks of the stage have bytes of a user.
WRITTEN = range(1 << 16, 1 << 17)
OTHER = "5f0c1f7e-0000-4000-8000-000000000000"


class Damage:
    """Who damages the members of one server's set. Each act returns what to look for: words of which one is in what is
    found, and how it is mended: a function, or None where the set has to be taken anew.

    :param server: the server's ID
    :param row: the set, as the module lists it
    :param chance: draws
    """

    def __init__(self, site, server, row, chance):
        self.site, self.cloud, self.admin = site, site.cloud, site.admin
        self.server, self.row, self.chance = server, row, chance

    def drawn(self, kind=None):
        """A member, of that kind if one is given."""
        return self.chance.choice([one for one in self.row["members"] if kind in (None, one["kind"])])

    # -- the acts; what they say in front of the colon is what was drawn

    def removed(self):
        one = self.drawn()
        self._delete(one)
        return _told(one, "removed"), self._names(one), None

    def flipped(self):
        one = self.drawn()
        path = self._file(one)
        at = self.chance.randrange(path.stat().st_size)
        _flip(path, at)
        return _told(one, f"byte {at} flipped"), self._names(one), lambda: _flip(path, at)

    def resized(self):
        """Its file ends in the middle of what was written. Of more than there was nothing is ever read, and of the last
        zeros of a disk a back end restores what was there.
        """
        one = self.drawn()
        path = self._file(one)
        data = path.read_bytes()
        new = self.chance.randrange(WRITTEN.start, WRITTEN.stop)
        os.truncate(path, new)
        return _told(one, f"{new} bytes and not {len(data)}"), self._names(one), lambda: path.write_bytes(data)

    def missized(self):
        """Its service says another size."""
        one = self.drawn()
        project, table, column = (
            ("glance", "images", "size") if one["kind"] == "image" else ("cinder", "snapshots", "volume_size")
        )
        size = self._stored(project, f"SELECT {column} FROM {table} WHERE id = ?", one["id"])
        new = size + self.chance.choice((-1, 1)) if one["kind"] == "image" else size + 1
        change = f"UPDATE {table} SET {column} = ? WHERE id = ?"
        self._stored(project, change, new, one["id"])
        return (
            _told(one, f"is told to be {new} and not {size}"),
            self._names(one),
            lambda: self._stored(project, change, size, one["id"]),
        )

    def forged(self):
        """One of the same disk that was taken later, with all marks of the member that it takes the place of."""
        one = self.drawn()
        self._forge(one, self.server, one["volume_id"])
        self._delete(one)
        return _told(one, "one of later in its place"), self._names(one), None

    def doubled(self):
        """The same, and the member is still there."""
        one = self.drawn()
        id = self._forge(one, self.server, one["volume_id"])
        return _told(one, "one of later beside it"), [*self._names(one), id], None

    def exchanged(self):
        """One of another server's disk, with the marks."""
        one = self.drawn()
        other, volume = self.site.strangers(self.server)
        self._forge(one, other, volume)
        self._delete(one)
        return _told(one, "one of another server in its place"), self._names(one), None

    def marked(self):
        one = self.drawn()
        marks = self._marks(one)
        key = self.chance.choice(MARKS)
        new = self.chance.choice((OTHER, ""))
        if key == "osnap_set_disks":
            new = self.chance.choice((marks[key].split()[0], marks[key] + " " + OTHER))
        others = {
            "osnap_set_after": f"req-{OTHER}",
            "osnap_set_consistency": "frozen",
            "osnap_set_at": "2026-01-01T00:00:00Z",
        }
        new = others.get(key, new)
        self._mark(one, {key: new})
        return _told(one, f"{key} is '{new}'"), self._names(one), lambda: self._mark(one, {key: marks[key]})

    def hash_forged(self):
        one = self.drawn()
        marks = self._marks(one)
        kind, _colon, value = marks["osnap_hash"].partition(":")
        self._mark(one, {"osnap_hash": f"{kind}:{value[::-1]}"})
        return (
            _told(one, "another hash"),
            self._names(one),
            lambda: self._mark(one, {"osnap_hash": marks["osnap_hash"]}),
        )

    def broken(self):
        """An image that is deactivated, or a snapshot in error."""
        one = self.drawn()
        if one["kind"] == "image":
            path = f"/v2/images/{one['id']}/actions/"
            self.admin.request("image", "POST", path + "deactivate")
            return (
                _told(one, "deactivated"),
                self._names(one),
                lambda: self.admin.request("image", "POST", path + "reactivate"),
            )
        self._status(one, status := self.chance.choice(("error", "error_deleting")))
        return _told(one, status), self._names(one), lambda: self._status(one, "available")

    def rebuilt(self):
        """The set is what it was, and its server is not: whoever restores it is told so."""
        body = {"rebuild": {"imageRef": cloud_image(self.cloud, "cirros-like")}}
        self.site.act(self.server, body, "ACTIVE")
        return "its server was rebuilt", ["rebuilt"], None

    # -- no damage: nothing must be found

    def hidden(self):
        one = self.drawn("image")
        self._patch(one, {"os_hidden": True})
        return _told(one, "hidden"), [], lambda: self._patch(one, {"os_hidden": False})

    def untouched(self):
        return "nothing", [], lambda: None

    # -- how

    def _names(self, one):
        """What tells which member it is."""
        return [one["id"], "root disk" if one["disk"] == "root" else one["disk"]]

    def _file(self, one):
        place = self.site.instance / self.site.home
        if one["kind"] == "image":
            return next((place / "glance" / "images").rglob(one["id"]))
        return next((place / "cinder").rglob(f"*@snapshot-{one['id']}"))

    def _stored(self, project, statement, *values):
        """What a service's own database says, or shall say."""
        path = self.site.instance / self.site.home / project / f"{project}.sqlite"
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection, connection as database:
            row = database.execute(statement, values).fetchone()
        return row and row[0]

    def _marks(self, one):
        if one["kind"] == "image":
            return self.cloud.get("image", f"/v2/images/{one['id']}")
        return self.cloud.get("block-storage", f"/snapshots/{one['id']}")["snapshot"]["metadata"]

    def _mark(self, one, marks):
        if one["kind"] == "image":
            self._patch(one, marks)
        else:
            self.cloud.post("block-storage", f"/snapshots/{one['id']}/metadata", {"metadata": marks})

    def _patch(self, one, values):
        body = [{"op": "add", "path": f"/{key}", "value": value} for key, value in values.items()]
        self.cloud.request("image", "PATCH", f"/v2/images/{one['id']}", body, headers=PATCH)

    def _status(self, one, status):
        body = {"os-reset_status": {"status": status}}
        self.admin.request("block-storage", "POST", f"/snapshots/{one['id']}/action", body)

    def _delete(self, one):
        service, path = (
            ("image", f"/v2/images/{one['id']}")
            if one["kind"] == "image"
            else ("block-storage", f"/snapshots/{one['id']}")
        )
        self.cloud.request(service, "DELETE", path)
        self.cloud.wait(service, path, ["status"], ["gone"], unwanted=())

    def _forge(self, one, server, volume):
        """Another image or snapshot of the same name, with the marks of this one and data of its own; its ID."""
        marks = {key: value for key, value in self._marks(one).items() if key.startswith("osnap_")}
        for path in self.site.files(self.site.server(server)).values():
            write(path, f"forged {one['id']}")
        if one["kind"] != "image":
            body = {"name": one["name"], "volume_id": volume, "force": True, "metadata": marks}
            id = self.cloud.post("block-storage", "/snapshots", {"snapshot": body})["snapshot"]["id"]
            self.cloud.wait("block-storage", f"/snapshots/{id}", ["snapshot", "status"], ["available"])
            return id
        image = self.site.image_of(server, one["name"])
        self._patch({"id": image}, {**marks, "osnap_for": image})
        return image


def _told(one, what):
    return f"{one['kind']} of {one['device'] or one['disk']} {one['id']}, {what}"


def _flip(path, at):
    with path.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 1]))
