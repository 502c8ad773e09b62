# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollback and an end have in common: what was made goes, one part after another, and what stays is told."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images.temporary_volume import TemporaryVolume
from ansible_collections.osnap.openstack.plugins.module_utils._migration import carry_out, deep, source_mark, undo
from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock, port_names, ports
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import FloatingIps
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_properties import ImageProperties
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_image import ServerImageSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.moved import withdraw
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

#: Kind of a part -> the operation that removes it; a temporary volume belongs to none.
REMOVED_BY = {
    "server": ServerRestore,
    "volume": VolumeRestore,
    "moving_volume": VolumeRestore,
    "port": ports.ServerPort,
    "copy": ServerImageSnapshot,
    "image": ServerImageSnapshot,
    "snapshot": ServerImageSnapshot,
    "volume_snapshot": VolumeSnapshot,
    "source": ServerRestore,
    "source_volume": VolumeRestore,
}


#: Answers that keep something: Cinder's and Glance's. Cinder may also take a deletion, and go back on it.
KEEPING = (400, 409, None)


def _is_kept(error: OsnapError) -> bool:
    """Whether a service has refused a deletion, and was not merely out of reach, or has not said what has become of it."""
    return error.status in KEEPING and not error.stops_work and not isinstance(error, (Ambiguous, NotSent))


class RemovalChain(carry_out.Chain):
    """The way of one server back, or to its end.

    Its look tells what there is, as :class:`undo.Remains`, and what is to be done, as :class:`undo.Undo`.
    """

    #: What is moved: its metadata are set.
    service: type = Servers

    def begin(self) -> tuple[undo.Remains, undo.Undo]:
        """What there is and what is to be done, as it is now; nothing of it has gone yet."""
        there, todo = self.look()
        self.removed: list[dict] = []
        self.retained = [part.shown() for part in todo.retained]
        return there, todo

    @staticmethod
    def successor(there: undo.Remains) -> dict[str, Any] | None:
        """What is there in the source's place."""
        return there.successor

    def _remove(self, part):
        cloud = self.there if undo.KINDS.get(part.kind) else self.here
        try:
            if part.kind == "proof":
                deep.remove(self.context.of(cloud, self.context.params), self.link, part.row)
            elif part.kind == "temporary_volume":
                with self.timeline.entry("remove") as entry:
                    TemporaryVolume(self.context, *part.row["of"]).remove()
                    entry["changed"] = True
            elif part.kind == "floating_ip":
                with self.timeline.entry("remove") as entry:
                    entry["changed"] = FloatingIps(cloud).delete_marked(part.row)
            else:
                if part.kind == "moving_volume":
                    withdraw(self.here, part.row["id"])
                item = port_names.removal_of(part.row) if part.kind == "port" else {"id": part.row["id"]}
                self.link("remove", REMOVED_BY[part.kind](), item, cloud, state="absent")
        except OsnapError as error:
            self._retain(part, cloud, error)
        else:
            self.removed.append(part.shown())

    def _retain(self, part, cloud, error):
        """What the service keeps, for something was made of it, stays and is told; it is no failure."""
        if part.kind not in ("copy", *undo.PROOFS) or not _is_kept(error):
            raise error
        if part.kind == "volume_snapshot":
            service = VolumeSnapshots(cloud)
            row = service.get(part.row["id"])
            made = service.dependents(part.row) or VolumeSnapshots(self.there).dependents(part.row)
            if not row or row["status"] not in service.statuses.ready or not made:
                raise error
        elif error.status != 409:
            raise error
        else:
            service = ImageProperties(cloud)
            row = service.get(part.row["id"])
            if row is None:
                raise error
        service.set_metadata(row, {_marks.STEP: undo.RETAINED})
        self.retained.append(part._replace(why=str(error)).shown())

    def _unlock(self, there):
        with self.timeline.entry("unlock") as entry:
            entry["changed"] = lock.unlock(Servers(self.here), there.source, source_mark.why_locked(there.run))

    def _mark(self, cloud, row, values, unset):
        """What goes before what says that it is done: a killed run has not finished as long as that is missing."""
        if not values and not unset:
            return
        with self.timeline.entry("mark") as entry:
            if unset:
                row = merge(self.service(cloud), row, {}, unset=unset)
            if values:
                merge(self.service(cloud), row, values)
            entry["changed"] = True
