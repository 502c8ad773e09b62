# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a run has made of servers in both clouds: by marks that are believed, with few requests for all of them.

A mark proves something only about the object that it was written for: an image says so itself (`_marks.of_image`), a
volume if Cinder says that it was made of the image that the mark names, a port by a description that is nothing but the
marks. What is unfinished has fewer marks, and is found by what it was made of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration import kin, source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._migration.deep import is_proof
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import image_name, moved_by
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import ENDED
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import PROOFS, RETAINED, Remains
from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock
from ansible_collections.osnap.openstack.plugins.module_utils._servers.floating_marks import STEP as FLOATING_IP
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import step_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import FloatingIps
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_members import ImageMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import (
    RestoredVolumes,
    source_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_ports import ServerPorts
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TemporaryVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


def read(cloud: Cloud, run: str, servers: dict[str, dict[str, Any] | None]) -> dict[str, Remains]:
    """``{server ID: what there is of it}``.

    :param servers: ``{server ID: its row in the source, None where it is gone}``
    """
    found = {id: Remains(run, id, row, is_admin=cloud.is_admin) for id, row in servers.items()}
    for id, row in servers.items():
        if row and row["is_locked"]:
            seen = lock.look(Servers(cloud), row, source_mark.why_locked(run))
            found[id].source, found[id].is_locked_by_us = {**row, "is_locked": seen.is_locked}, seen.is_ours
    there = _there(cloud.peer, run, found)
    if cloud.peer.client("network").endpoint:
        _of_network(cloud.peer, run, found)
    _what_was_made_of_them(found, there, _here(cloud, run, found))
    return found


def read_of_volumes(
    cloud: Cloud, run: str, sources: dict[str, dict[str, Any] | None], chosen: Collection[str]
) -> dict[str, Remains]:
    """``{ID: what there is of it}`` of volumes and snapshots that are moved by themselves.

    :param sources: ``{ID: its row in the source, None where it is gone}``
    :param chosen: the IDs of those that are snapshots
    """
    found = {id: Remains(run, id, row) for id, row in sources.items()}
    there = _there(cloud.peer, run, found)
    _what_was_made_of_them(found, there, _here(cloud, run, found, chosen))
    return found


def _there(cloud, run, found):
    """What is at the destination; all servers and all volumes there."""
    servers, volumes = Servers(cloud).list(), []
    for row in servers:
        if row["status"] not in Servers.statuses.leaving:
            _add(found, "server", row, row["metadata"], run)
    if cloud.client("block-storage").endpoint:
        volumes = RestoredVolumes(cloud).list()
        for row in [row for row in volumes if row["status"] != "deleting"]:
            if (one := found.get(row["metadata"].get(_marks.SERVER))) and _is_losing_its_marks(row, one):
                one.made["volume"].append(row)
            elif source_of(row):
                _add(found, "volume", row, row["metadata"], run)
        if any(one.made["volume"] for one in found.values()):
            snapshots = _by(VolumeSnapshots(cloud).list(), "volume_id")
            for one in found.values():
                own = [row for of in one.made["volume"] for row in snapshots[of["id"]] if is_proof(row)]
                one.made["proof"] = own
                one.snapshots_of = {
                    row["id"]: [of for of in snapshots[row["id"]] if of not in own] for row in one.made["volume"]
                }
    for row in _images(Images(cloud), run, owner=cloud.project_id):
        if _step(row) in ("copy", RETAINED):
            _add(found, "copy", row, _marks.of_image(row), run)
    return servers, volumes


def _is_losing_its_marks(row, one):
    """Whether somebody was killed while he took the marks of a volume: that of the run goes before that of the server.

    It may be of another run, so only who goes no way back any more counts it as his: all that he does is to end that.
    """
    new = one.successor
    return _marks.RUN not in row["metadata"] and bool(new) and new["metadata"].get(_marks.STEP) in ENDED


def _of_network(cloud, run, found):
    """Ports, and floating IPs with the server that they lead to."""
    rows = ServerPorts(cloud).list(project_id=cloud.project_id)
    users = {row["id"]: row["device_id"] for row in rows}
    floating = FloatingIps(cloud).list(project_id=cloud.project_id)
    rows = [("port", row) for row in rows] + [
        ("floating_ip", {**row, "device_id": users.get(row["port_id"])}) for row in floating
    ]
    for kind, row in rows:
        for id, one in found.items():
            if (step := step_of(row, run, id)) and (step == FLOATING_IP) == (kind == "floating_ip"):
                one.made[kind].append({**row, "step": step})


def _here(cloud, run, found, chosen=()):
    """What is at the source; all servers and all volumes there, as far as they matter."""
    snapshots: list = []
    if cloud.client("block-storage").endpoint:
        snapshots = VolumeSnapshots(cloud).list()
        for row in snapshots:
            if row["status"] not in VolumeSnapshots.statuses.leaving and _step(row, "metadata") in (
                "snapshot",
                RETAINED,
            ):
                _add(found, "volume_snapshot", row, row["metadata"] or {}, run)
        made = any(one.made["volume_snapshot"] for one in found.values())
        if (made or chosen) and kin.share_storage(cloud):
            for row in RestoredVolumes(cloud).list():
                if row["status"] != "deleting" and row["snapshot_id"] and source_of(row) == row["snapshot_id"]:
                    _add(found, "moving_volume", row, row["metadata"], run)
    for row in _images(ServerImages(cloud), run):
        marks = _marks.of_image(row)
        if row["server_id"] and row["server_id"] == marks.get(_marks.SERVER):
            _add(found, "snapshot", row, marks, run)
        elif not row["server_id"] and _step(row) in ("image", RETAINED):
            _add(found, "image", row, marks, run)
    _of_snapshots(cloud, run, found, chosen)
    for row in [row for one in found.values() for kind in ("image", "snapshot") for row in one.made[kind]]:
        row["is_shared"] = cloud.peer.project_id in (ImageMembers(cloud).of(row) or {})
    if not any(_is_retained(row) for one in found.values() for kind in PROOFS for row in one.made[kind]):
        return [], []
    return Servers(cloud).list(), Volumes(cloud).list() if snapshots else []


def _is_retained(row):
    return _step(row, "properties" if "properties" in row else "metadata") == RETAINED


def _of_snapshots(cloud, run, found, chosen):
    """The temporary volumes of volume snapshots, and images of these that were begun and have no marks of the run yet."""
    pairs = {
        (row["id"], image_name(run, row["volume_id"])): one
        for one in found.values()
        for row in one.made["volume_snapshot"]
    } | {(id, image_name(run, id)): found[id] for id in chosen}
    if not pairs:
        return
    for pair, rows in TemporaryVolumes(cloud).of(pairs).items():
        leaving = TemporaryVolumes.statuses.leaving
        pairs[pair].made["temporary_volume"] += [{**row, "of": pair} for row in rows if row["status"] not in leaving]
    named = Images(cloud).all_named(sorted({name for _id, name in pairs}), owner=cloud.project_id)
    for (id, name), one in pairs.items():
        known = {row["id"] for row in one.made["image"]}
        one.made["image"] += [
            row for row in named[name] if row["id"] not in known and _marks.of_image(row).get(_marks.SOURCE) == id
        ]


def _images(service, run, **filters):
    """The images that have the run's mark, hidden ones, too."""
    for hidden in ("false", "true"):
        yield from service.list(os_hidden=hidden, **{_marks.RUN: run}, **filters) or ()


def _add(found, kind, row, marks, run):
    one = found.get(moved_by(marks))
    if one and marks.get(_marks.RUN) == run:
        one.made[kind].append(row)


def _step(row, where="properties"):
    return (row[where] or {}).get(_marks.STEP)


def _what_was_made_of_them(found, there, here):
    """What others have made of the images and the snapshots that could not go before."""
    # Where an image is shared or a volume handed over, what was made at the source lives on at the destination.
    for kinds, (servers, volumes) in (
        (("copy",), there),
        (PROOFS, ([*here[0], *there[0]], [*here[1], *there[1]])),
    ):
        made = defaultdict(dict)
        for row in servers:
            made[row["image_id"]][row["id"]] = f"the server {_label(row)}"
        for row in volumes:
            for id in (row["snapshot_id"], (row["volume_image_metadata"] or {}).get("image_id")):
                made[id][row["id"]] = f"the volume {_label(row)}"
        for one in found.values():
            ids = [row["id"] for kind in kinds for row in one.made[kind]]
            one.made_of.update({id: made[id] for id in ids if id in made})


def _by(rows: Iterable, key: str) -> dict[str, list]:
    found = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _label(row):
    return f"'{row['name']}' ({row['id']})" if row["name"] else row["id"]
