# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes as users mean them by their names, or by patterns: their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import STEP
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


class SourceVolumes(Volumes):
    def named(self, names: Collection[str], **filters: Any) -> dict[str, list[dict]]:
        """As everywhere, but for a volume that has its source's name only on its way to another project. An ID finds
        that, too.
        """
        found = super().named(names, **filters)
        return {
            name: [row for row in rows if not is_leaving(row, self.cloud.project_id)] for name, rows in found.items()
        }

    def own(self) -> list[dict]:
        """All but what migrations and images are made by on the way."""
        project = self.cloud.project_id
        return [
            row
            for row in self.list()
            if not is_leaving(row, project) and (row["metadata"] or {}).get(_marks.STEP) != STEP
        ]


def is_leaving(row: dict, project: str | None) -> bool:
    """Whether a migration has made a volume of a snapshot to hand it over, and it has not left this project yet."""
    marks = row["metadata"] or {}
    return (
        marks.get(_marks.STEP) == "volume"
        and _marks.COMPLETE not in marks
        and marks.get(_marks.FROM) in (None, project)
        and row["snapshot_id"] is not None
        and row["snapshot_id"] == marks.get(_marks.SOURCE)
    )
