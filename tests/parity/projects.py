# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two projects that a case is played in, one by the client and one by our task: what it finds there, and what is
there afterwards.
"""

import json
import re
import time

from osnap_harness import fixtures

#: Statuses that something is still on the way in.
UNSETTLED = re.compile(r"^(?!error).*(ing|queued|deleted)$")
#: Nothing two like objects have in common.
OWN = {
    "id",
    "created_at",
    "updated_at",
    "links",
    "self",
    "file",
    "schema",
    "user_id",
    "attachments",
    "owner_project_name",
    "owner_user_name",
    "data_timestamp",
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b")
LISTS = {
    "volume": ("block-storage", "/volumes/detail", "volumes"),
    "snapshot": ("block-storage", "/snapshots/detail", "snapshots"),
    "backup": ("block-storage", "/backups/detail", "backups"),
    "group": ("block-storage", "/groups/detail", "groups"),
    "consistency group": ("block-storage", "/consistencygroups/detail", "consistencygroups"),
    "group snapshot": ("block-storage", "/group_snapshots/detail", "group_snapshots"),
    "cgsnapshot": ("block-storage", "/cgsnapshots/detail", "cgsnapshots"),
    "image": ("image", "/v2/images?owner={project}&limit=500", "images"),
}


class Project:
    """A project with a member and an administrator of its own."""

    def __init__(self, cloud, admin):
        self.cloud, self.admin = cloud, admin
        self.shared = {}  # name -> ID of what all cases find

    # -- What a case finds -------------------------------------------------------------------------------------------

    def prepare(self, given):
        """Make the fixtures in their order; return what a command line or a task may need to name them: ``{db01_id:
        …}``.
        """
        known, ids = {"project_id": self.cloud.project_id}, dict(self.shared)
        for fixture in given:
            (kind, name), *details = fixture.items()
            made = getattr(self, "_" + kind)(name, ids, **dict(details))
            ids[name] = made["id"]
            plain = re.sub(r"-[a-z]\d+$", "", name)
            known[f"{plain}_id"] = made["id"]
            if kind == "unmanaged":
                known.update({f"{plain}_at_back_end": made["reference"], "back_end": made["host"]})
            if kind == "backup" and "record" in made:
                known.update({f"{plain}_{key.removeprefix('backup_')}": text for key, text in made["record"].items()})
        return known

    def share(self, given):
        for fixture in given:
            ((kind, name),) = fixture.items()
            self.shared[name] = getattr(self, "_" + kind)(name, self.shared)["id"]

    def _volume(self, name, ids, server=None):
        made = fixtures.volume(self.cloud, name, volume_type="file")
        return fixtures.attach(self.cloud, ids[server], made["id"]) if server else made

    def _snapshot(self, name, ids, volume, status=None, **options):
        made = fixtures.snapshot(self.cloud, name, ids[volume], **options)
        if status:
            self.admin.request(
                "block-storage", "POST", f"/snapshots/{made['id']}/action", {"os-reset_status": {"status": status}}
            )
        return made

    def _backup(self, name, ids, volume, record=False, **options):
        """With ``record``, for who imports it: ``{{ nightly_service }}`` and ``{{ nightly_url }}``."""
        body = {"backup": {"volume_id": ids[volume], "name": name, **options}}
        made = self.cloud.post("block-storage", "/backups", body, microversion="3.43")["backup"]
        made = self.cloud.wait("block-storage", f"/backups/{made['id']}", ["backup", "status"], ["available"])["backup"]
        if record:
            made["record"] = self.admin.get("block-storage", f"/backups/{made['id']}/export_record")["backup-record"]
        return made

    def _unmanaged(self, name, ids, volume):
        made = self._snapshot(name, ids, volume)
        self.admin.post("block-storage", f"/snapshots/{made['id']}/action", {"os-unmanage": {}})
        self.cloud.wait("block-storage", f"/snapshots/{made['id']}", ["snapshot", "status"], ["gone"])
        host = self.admin.get("block-storage", f"/volumes/{ids[volume]}")["volume"]["os-vol-host-attr:host"]
        return {"id": made["id"], "reference": f"volume-{ids[volume]}@snapshot-{made['id']}", "host": host}

    def _group(self, name, ids, volumes):
        return self._filled(
            "group", "/groups", "", ids, volumes, {"name": name, "group_type": "consistent", "volume_types": ["file"]}
        )

    def _consistency_group(self, name, ids, volumes):
        return self._filled(
            "consistencygroup", "/consistencygroups", "/update", ids, volumes, {"name": name, "volume_types": "file"}
        )

    def _filled(self, key, path, update, ids, volumes, body):
        made = self.cloud.post("block-storage", path, {key: body})[key]
        self.cloud.wait("block-storage", f"{path}/{made['id']}", [key, "status"], ["available"])
        members = ",".join(ids[volume] for volume in volumes)
        self.cloud.request("block-storage", "PUT", f"{path}/{made['id']}{update}", {key: {"add_volumes": members}})
        for volume in volumes:  # the group may still say that it is available
            self.cloud.wait("block-storage", f"/volumes/{ids[volume]}", ["volume", "group_id"], [made["id"]])
        return self.cloud.wait("block-storage", f"{path}/{made['id']}", [key, "status"], ["available"])[key]

    def _group_snapshot(self, name, ids, group):
        return self._taken("group_snapshot", "/group_snapshots", {"name": name, "group_id": ids[group]})

    def _cgsnapshot(self, name, ids, group):
        return self._taken("cgsnapshot", "/cgsnapshots", {"name": name, "consistencygroup_id": ids[group]})

    def _taken(self, key, path, body):
        made = self.cloud.post("block-storage", path, {key: body})[key]
        return self.cloud.wait("block-storage", f"{path}/{made['id']}", [key, "status"], ["available"])[key]

    def _image(self, name, ids):
        return fixtures.image(self.cloud, name, b"osnap" * 1000)

    def _server(self, name, ids):
        return fixtures.server(self.cloud, name)

    # -- What is there afterwards ------------------------------------------------------------------------------------

    def settled(self, timeout=120):
        """All that there is, once nothing is on its way any more: ``{kind: [raw]}``."""
        deadline = time.monotonic() + timeout
        while True:
            found = {kind: self._listed(*place) for kind, place in LISTS.items()}
            moving = [
                f"{kind} {item['name']}: {item['status']}"
                for kind, items in found.items()
                for item in items
                if UNSETTLED.search(item["status"])
            ]
            if not moving:
                return found
            if time.monotonic() > deadline:
                raise RuntimeError("still on the way after %d s: %s" % (timeout, ", ".join(moving)))
            time.sleep(0.2)

    def _listed(self, service, path, collection):
        return self.cloud.get(service, path.format(project=self.cloud.project_id))[collection]


def by_case(found, key):
    """The objects of one case, without what must differ: ``{(kind, name): [values]}``. IDs are the names of what they
    are of.
    """
    names = {item["id"]: item["name"] or kind for kind, items in found.items() for item in items}
    generic = {item["id"] for kind in ("group", "group snapshot") for item in found[kind]}
    mark = re.compile(rf"-{key}\b")
    objects = {}
    for kind, items in found.items():
        for item in items:
            text = UUID.sub(lambda match: names.get(match[0], "an ID"), json.dumps(_bare(item), sort_keys=True))
            if (kind in ("consistency group", "cgsnapshot") and item["id"] in generic) or not mark.search(
                f"{item['name']} {text}"
            ):
                continue
            objects.setdefault((kind, item["name"]), []).append(json.loads(text))
    return {
        place: sorted(values, key=lambda value: json.dumps(value, sort_keys=True)) for place, values in objects.items()
    }


def _bare(item):
    """Without IDs and times of its own, and without the marks that our tasks leave for themselves."""
    if isinstance(item, dict):
        return {key: _bare(value) for key, value in item.items() if key not in OWN and not key.startswith("osnap_")}
    return item
