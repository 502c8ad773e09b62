# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a cloud for protection: the volumes that are meant, and what policies have taken of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken
from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import BACKUP, SNAPSHOT
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject, subject
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.kinds import Kind

NOUNS = ("volume",)
#: What a policy takes, and the kind of snapshot that it is.
KIND_OF = {SNAPSHOT: "volume_snapshot", BACKUP: "volume_backup"}
#: Whether an item of a selection has come of a pattern. It is no option of a user's.
FOUND = "found"


def selected(cloud: Cloud, items: Sequence[Values], exclude: Sequence[Any], rows: Sequence[Row]) -> list[dict]:
    """An item for each volume that is meant; of those that a pattern has found ``FOUND`` is true."""
    return selection.select(
        [{**item, FOUND: item.get("volume") is None} for item in items], exclude, rows, cloud.name, NOUNS
    )


def subjects(
    cloud: Cloud,
    items: Sequence[Values],
    rows: Sequence[Row],
    policies: Mapping[str, Policy],
    default: str | None,
) -> list[Subject | OsnapError]:
    """The volumes of selected items with their policies, in the order of the items."""
    named = {item["volume"].strip() for item in items}
    found: dict[str, Any] = {name: own[0] for name in named if len(own := lookup.meant(rows, name)) == 1}
    others = named - set(found)  # such as another project's, or several of one name
    found |= lookup.existing(Volumes(cloud), others) if others else {}
    return [
        row
        if isinstance(row := found[item["volume"].strip()], OsnapError)
        else subject("volume", row, item.get("policy"), default, policies)
        for item in items
    ]


class History:
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

    def by_volume(self, names: Iterable[str]) -> dict[str, list[Taken]]:
        """``{ID of a volume: what any policy has taken of it}``."""
        found: dict[str, list[Taken]] = {}
        for name in names:
            for one in self.taken(name):
                found.setdefault(one.item.source, []).append(one)
        return found
