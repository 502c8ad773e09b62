# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies have taken of volumes: read once for all of them, and removed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken
from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import BACKUP, SNAPSHOT
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Stays
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import prune, prune_plan
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.kinds import Kind

#: What a policy takes, and the kind of snapshot that it is.
KIND_OF = {SNAPSHOT: "volume_snapshot", BACKUP: "volume_backup"}


class VolumeHistory:
    """What policies have taken in one cloud, read once for each kind; and once more right before anything goes."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        self._kinds: dict[str, tuple[Kind, list[Row]]] = {}

    def look(self, kinds: Iterable[str]) -> None:
        """Read all rows of these kinds."""
        for name in set(kinds) - set(self._kinds):
            kind = KINDS[KIND_OF[name]](self.cloud)
            self._kinds[name] = kind, kind.rows(kind.service(self.cloud), None)

    def kind(self, name: str) -> Kind:
        return self._kinds[name][0]

    def rows(self, name: str) -> list[Row]:
        return self._kinds[name][1]

    def taken(self, name: str) -> list[Taken]:
        """What any policy has taken and nobody deletes just now. A member of a set is its server's, and goes with the
        set alone.
        """
        kind, rows = self._kinds[name]
        there = [row for row in rows if row["status"] not in kind.service.statuses.leaving]
        own = [row for row in there if (marks := kind.marks(row)).get(_marks.POLICY) and not marks.get(_marks.SET)]
        items = kind.items(own, {})
        return [Taken(row, kind.marks(row), item) for row, item in zip(own, items, strict=True)]

    def tied(self, name: str, taken: Sequence[Taken]) -> list[Taken]:
        """The same with what keeps each from being deleted, which takes a look at volumes and images."""
        kind = self.kind(name)
        ties = kind.ties([one.row for one in taken])
        return [replace(one, item=replace(one.item, ties=(*ties.get(one.id, ()), *one.item.ties))) for one in taken]

    def by_source(self, names: Iterable[str]) -> dict[str, list[Taken]]:
        """``{ID of a volume: what any policy has taken of it}``."""
        found: dict[str, list[Taken]] = {}
        for name in names:
            for one in self.taken(name):
                found.setdefault(one.item.source, []).append(one)
        return found

    def read_again(self, name: str, row: Row) -> Taken:
        """One as it is at the last moment."""
        kind = self.kind(name)
        return Taken(row, kind.marks(row), kind.items([row], {})[0])

    def remove(
        self, context: Context, name: str, chosen: Sequence[Taken], kept: Mapping[str, Callable[[Row], str]]
    ) -> dict[str, object]:
        """``{ID: what has become of it}``: an error, :class:`Stays`, or what ``prune.delete_row`` returns.

        :param kept: of each, why it stays after all
        """
        service = waiter.bound(self.kind(name).service(self.cloud), context)
        results: dict[str, object] = {}
        for wave in prune_plan.waves([one.id for one in chosen], {one.id: one.item.needs for one in chosen}):
            rows = [one.row for one in chosen if one.id in wave]
            asked = context.map(lambda row: prune.delete_row(service, row, kept[row["id"]]), rows)
            results.update({row["id"]: result for row, result in zip(rows, asked, strict=True)})
            goals = {id: waiter.GONE for id in wave if not isinstance(results[id], (OsnapError, Stays))}
            gone = waiter.wait(service, goals, timeout=context.timeout, progress=context.progress) if goals else {}
            results.update({id: result for id, result in gone.items() if isinstance(result, OsnapError)})
        return results
