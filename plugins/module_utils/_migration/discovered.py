# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read of both clouds for a migration, in the form in which it is judged, and the two kinds of verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _default
from typing import NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import CHECKED, REHEARSED
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_place

__all__ = ["Notice", "Problem"]

#: The state in which a server was booted beside its source; the mark of such a server, and of its volumes.
REHEARSAL, REHEARSAL_VOLUME = "rehearsal", "rehearsal_volume"
#: What may stay behind if that is said beforehand.
EPHEMERAL, VTPM, LOST_WRITES = "ephemeral", "vtpm", "lost_writes"


#: The tags of disks and of interfaces.
DEVICE_TAGS = "device_tags"
#: How a disk gets to the destination: read here and written there; fetched by the destination's Glance; as an image that
#: is shared with its project; as a volume that is handed over to that.
STREAM, GLANCE_DOWNLOAD, SHARE, TRANSFER = "stream", "glance_download", "share", "transfer"
#: Those that end with an image of the destination's own; the others copy nothing.
COPYING = (STREAM, GLANCE_DOWNLOAD)
METHODS = (STREAM, GLANCE_DOWNLOAD, SHARE, TRANSFER)
#: How the bytes of disks are proven: by the hashes of images, or also by reading back what was made of these.
OF_IMAGES, DEEP = "image", "deep"
#: Which floating IP a new server gets: none, a new one, one of the same address, or that if there is one.
SKIP, NEW, EXISTING, AUTO = "skip", "new", "existing", "auto"


class Options(NamedTuple):
    """What was asked for of all servers together."""

    run: str = "migration"
    stop: bool = True
    flavor_map: dict = {}
    network_map: dict = {}
    accept: tuple = ()
    state: str = "complete"
    target_boot: str = "same"
    volume_type_map: dict = {}
    disk_format: str = "auto"
    power: str = "auto"
    rehearsal_network: str | None = None
    #: Whether a server that has arrived is judged as though it had not yet: what has happened to its source, too.
    as_unfinished: bool = False
    #: Whether servers are taken back or ended: nothing is asked of what new ones would need.
    backward: bool = False
    conversions: int = 2
    subnet_map: dict = {}
    security_group_map: dict = {}
    key_map: dict = {}
    zone_map: dict = {}
    floating_ip: str = SKIP
    keep_addresses: bool = False
    keep_mac: bool = False
    method: str = AUTO
    #: ``{what a disk is called, see :func:`ways.called`: its method}``, before that of all disks.
    disk_methods: dict = {}
    verification: str = OF_IMAGES
    #: The text of the plan that was approved; see :mod:`approval`.
    plan_digest: str | None = None

    @property
    def rehearses(self) -> bool:
        """Whether a server is to be booted beside its source, which stays as it is."""
        return self.state == REHEARSED

    @property
    def only_checks(self) -> bool:
        """Whether a server is compared and marked that is there, and nothing is done to bring it there."""
        return self.state == CHECKED


@dataclass(frozen=True)
class Kin:
    """What the two logins have in common, as catalogs and tokens say.

    - ``glance``, ``cinder``: whether both have the same one
    - ``region``: that of the source's Glance as the destination's catalog names it; None where that does not know it
    - ``imports``: whether the destination's Glance offers to fetch images from another region
    - ``project``: whether both are one project
    - ``there``: the ID of the destination's project
    """

    glance: bool = False
    cinder: bool = False
    region: str | None = None
    imports: bool = False
    project: bool = False
    there: str | None = None


@dataclass
class Destination(boot_place.Place):
    """What the destination has for new servers, with all its networks. ``ports`` are known by their IDs, and as they
    were named.
    """

    flavors: list = _default(default_factory=list)
    #: The names of the volume types, and that of the one that a volume has if nothing says so; None where nobody tells.
    volume_types: list = _default(default_factory=list)
    usual_type: str | None = None
    #: What the quota of volumes leaves; see :mod:`_quota`.
    volume_room: dict = _default(default_factory=dict)
    #: What the quota of images leaves; see :meth:`Images.room`.
    image_room: dict = _default(default_factory=dict)
    #: What the quota of Neutron leaves, see :mod:`network_quota`, and the ports that have marks of ours.
    network_room: dict = _default(default_factory=dict)
    made_ports: list = _default(default_factory=list)
    server_groups: list = _default(default_factory=list)
    #: The project's floating IPs, and ``{network ID: external networks}`` to which routers lead from it.
    floating_ips: list = _default(default_factory=list)
    outsides: dict = _default(default_factory=dict)
    #: Whether the user is an administrator there.
    is_admin: bool = False
    #: What of a server Nova does not take there: "tags", "description", :data:`DEVICE_TAGS`.
    lacks: set = _default(default_factory=set)


@dataclass
class Discovered:
    """What was read of both clouds.

    - ``source``, ``destination``: what sentences call the clouds
    - ``servers``: a row or an error for each item
    - ``gone``: for each item the ID of a server that is not there any more, as far as it is known
    - ``images``: ``{ID: row}`` of the images that the servers were booted from
    - ``flavors``: ``{ID: row}`` of the source, read from old clouds only
    - ``snapshots``, ``copies``: ``{image name: rows}`` in the source, in the destination
    - ``made``: every server of the destination's project
    - ``since``: ``{server ID: sentences}``, what has happened after the snapshots of an unfinished migration
    - ``last``: ``{server ID: request ID}`` of the last thing that was done to a server with volumes
    - ``volumes``: ``{ID: row}`` of the volumes that the servers have
    - ``attachments``: ``{server ID: {volume ID: {device, delete_on_termination, tag}}}``
    - ``volume_snapshots``, ``source_images``: ``{name: rows}`` in the source, of the volumes
    - ``made_volumes``: the volumes of the destination's project
    - ``source_room``: what the source's quota of volumes and snapshots leaves; see :mod:`_quota`
    - ``source_image_room``: what its quota of images leaves; see :meth:`Images.room`
    - ``interface_tags``: ``{server ID: {MAC: tag}}`` of the source
    - ``source_ports``: ``{server ID: rows}``; what ports name by ID in the source: ``source_networks``, ``source_groups``,
      ``{ID: name}``, and ``source_subnets``, ``{ID: row}``; each read only where it matters
    - ``server_groups``: ``{ID: name}`` in the source
    - ``kin``: what both logins have in common
    - ``members``: ``{image ID: {project ID: status}}`` of the images in the source that are shared
    - ``moving``: the volumes in the source that were made to be handed over
    - ``disk_formats``: those that the destination's Glance takes; empty where it does not tell
    - ``pools``: ``{address: names}`` of the pools of load balancers in the source
    - ``administrator``: whether the source's user is one
    - ``project_id``: the source's project, in which images are made
    """

    source: str
    destination: str
    servers: list
    gone: list = _default(default_factory=list)
    images: dict = _default(default_factory=dict)
    flavors: dict = _default(default_factory=dict)
    snapshots: dict = _default(default_factory=dict)
    copies: dict = _default(default_factory=dict)
    made: list = _default(default_factory=list)
    since: dict = _default(default_factory=dict)
    last: dict = _default(default_factory=dict)
    volumes: dict = _default(default_factory=dict)
    attachments: dict = _default(default_factory=dict)
    volume_snapshots: dict = _default(default_factory=dict)
    source_images: dict = _default(default_factory=dict)
    made_volumes: list = _default(default_factory=list)
    source_room: dict = _default(default_factory=dict)
    source_image_room: dict = _default(default_factory=dict)
    source_ports: dict = _default(default_factory=dict)
    source_networks: dict = _default(default_factory=dict)
    interface_tags: dict = _default(default_factory=dict)
    source_groups: dict = _default(default_factory=dict)
    source_subnets: dict = _default(default_factory=dict)
    server_groups: dict = _default(default_factory=dict)
    kin: Kin = Kin()
    members: dict = _default(default_factory=dict)
    moving: list = _default(default_factory=list)
    disk_formats: tuple = ()
    pools: dict = _default(default_factory=dict)
    administrator: bool = False
    project_id: str | None = None
    place: Destination = None  # type: ignore[assignment]  # only a migration of no server is judged without one


def image_name(run: str, id: str) -> str:
    """The name of a disk's snapshot and of its images: the same in every try of a run, and of no other disk.

    :param id: of the volume, or of the server whose own disk it is
    """
    return f"osnap-{run}-{id}"


def moved_by(marks: dict) -> str | None:
    """The ID of what something was made for: of a server, or of a volume or a snapshot that is moved by itself."""
    return marks.get(_marks.SERVER) or marks.get(_marks.DISK)


def is_ours(row: dict, id: str, run: str, marks: str = "metadata") -> bool:
    """Whether something was made by this run for what is moved, a server or a volume by itself."""
    return bool(row[marks]) and row[marks].get(_marks.RUN) == run and moved_by(row[marks]) == id


def is_rehearsal(row: dict) -> bool:
    """Whether a server was only made to be looked at."""
    return row["metadata"].get(_marks.STEP) == REHEARSAL


def successors(server_id: str, seen: Discovered, run: str, rehearsal: bool = False) -> list:
    """The servers that this run has made of one: those that take its place, or those of a rehearsal."""
    return [row for row in living(seen) if is_ours(row, server_id, run) and is_rehearsal(row) == rehearsal]


def is_made(server: dict, seen: Discovered, run: str) -> bool:
    """Whether a server's successor is there: then nothing is asked of flavors, networks and quota any more. One of a
    rehearsal may have to go.
    """
    return bool(successors(server["id"], seen, run))


def is_complete(server: dict, seen: Discovered, run: str) -> bool:
    """Whether a server has arrived: nothing is asked of its source any more."""
    return any(is_marked_complete(row) for row in successors(server["id"], seen, run))


def living(seen: Discovered) -> list:
    """The destination's servers but for those that are on their way out."""
    return [row for row in seen.made if row["status"] != "DELETED"]


def ids_of_gone(items: list, seen: Discovered, run: str) -> list:
    """For each item the ID of a server that is not in the source any more, or None: the ID that was given; of one that
    was given by its name, what the marks of its finished successor say.
    """
    there = {row["id"] for row in seen.servers if not isinstance(row, OsnapError)}
    finished = [row for row in living(seen) if row["metadata"].get(_marks.RUN) == run and is_marked_complete(row)]
    return [
        _id_of_gone(item, there, finished) if isinstance(row, lookup.Missing) else None
        for item, row in zip(items, seen.servers, strict=True)
    ]


def _id_of_gone(item, there, finished):
    given = item["server"].strip()
    if lookup.is_id(given):
        return given
    ids = {row["metadata"].get(_marks.SERVER) for row in finished if row["name"] == (item["name"] or given).strip()}
    return ids.pop() if len(ids) == 1 and not ids & {None, *there} else None


def is_marked_complete(row: dict) -> bool:
    """Whether it was set, and the source looked at after that: one that was only set is of a task that was killed."""
    return row["metadata"].get(_marks.COMPLETE) == "true"


def as_complete(row: dict) -> dict:
    """A new server, or a volume that is moved by itself, as it is once it is marked as complete."""
    return {**row, "metadata": {**row["metadata"], _marks.COMPLETE: "true"}}


def as_unfinished(row: dict) -> dict:
    """A new server as it was before it was marked as complete."""
    return {**row, "metadata": {key: value for key, value in row["metadata"].items() if key != _marks.COMPLETE}}


def label_of(server: dict) -> str:
    """What a sentence calls a server, or by its ``noun`` something else that is moved."""
    return f"The {server.get('noun', 'server')} '{server['name']}' ({server['id']})"


def flavor_of(server: dict, seen: Discovered) -> dict:
    """The source's flavor as far as it is known: the server shows it itself from 2.47 on."""
    shown = server["flavor"] or {}
    return shown if "original_name" in shown else seen.flavors.get(shown.get("id")) or {}
