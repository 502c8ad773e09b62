# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies have taken of servers: their sets, read once for all of them, and removed whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Stays
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import prune
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.kinds import SetCopyKind, SnapshotSetKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


class SetHistory:
    """As :class:`volume_history.VolumeHistory`, of servers; there is one kind."""

    kind = SnapshotSetKind

    def __init__(self, cloud: Cloud):
        self._kind, self._rows = self.kind(cloud), None
        self.sets = self._kind.service(cloud)

    def look(self, kinds: Iterable[str]) -> None:
        if self._rows is None and any(True for _kind in kinds):
            self._rows = self.sets.list()

    def rows(self, kind: str) -> list[Row]:
        return self._rows or []

    def taken(self, kind: str) -> list[Taken]:
        return [self.read_again(kind, row) for row in self.rows(kind) if row["policy"]]

    def tied(self, kind: str, taken: Sequence[Taken]) -> list[Taken]:
        """The same with what was made of a member, and would lose its data or keep the member."""
        ties = self._kind.ties([one.row for one in taken])
        return [replace(one, item=replace(one.item, ties=(*one.item.ties, *ties[one.id]))) for one in taken]

    def by_source(self, kinds: Iterable[str]) -> dict[str, list[Taken]]:
        found: dict[str, list[Taken]] = {}
        for kind in kinds:
            for one in self.taken(kind):
                found.setdefault(one.item.source, []).append(one)
        return found

    def read_again(self, kind: str, row: Row) -> Taken:
        tested = row["tested"] or {}
        marks = {
            _marks.POLICY: row["policy"],
            _marks.WINDOW: row["window"],
            _marks.TESTED_AT: tested.get("at"),
            _marks.TESTED_RESULT: tested.get("result"),
            _marks.TESTED_SECONDS: tested.get("seconds"),
        }
        return Taken(row, marks, self._kind.items([row], {})[0])

    def remove(
        self, context: Context, kind: str, chosen: Sequence[Taken], kept: Mapping[str, Callable[[Row], str]]
    ) -> dict[str, object]:
        sets = waiter.bound(self.sets, context)

        def remove(one):
            now = sets.reread(one.row)
            if now is None:
                return prune.OTHERS_DID
            if why := kept[one.id](now):
                return Stays(now, why)
            sets.delete(now)
            return prune.ASKED_FOR

        return dict(zip((one.id for one in chosen), context.map(remove, chosen), strict=True))


class CopyHistory(SetHistory):
    """The same of the copies that a project has."""

    kind = SetCopyKind
