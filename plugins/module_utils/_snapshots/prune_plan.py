# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one pruning does: verdicts, the order of the table, the order of the deletions. Pure; the module that prunes and
the one that simulates both ask this.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Collection, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import Item, Policy, Verdict, judge

_NEVER = datetime.min.replace(tzinfo=timezone.utc)


class Pruning(NamedTuple):
    """``table`` are the IDs of all, source by source and the newest first, ``waves`` those of what is to be deleted."""

    verdicts: dict[str, Verdict]
    table: list[str]
    waves: list[list[str]]


def pruning(
    policy: Policy,
    items: Sequence[Item],
    now: datetime,
    stays: Mapping[str, Sequence[str]] | None = None,
    leaving: Collection[str] = (),
) -> Pruning:
    """What the policy makes of the items; raises :class:`OsnapError` if more than ``max_delete`` would go.

    :param stays: ``{id: reasons}`` of those that the policy is not asked about
    :param leaving: IDs of those that are being deleted already
    """
    verdicts = {id: Verdict(True, tuple(why)) for id, why in (stays or {}).items()}
    verdicts.update({id: Verdict(False, ("it is being deleted already",)) for id in leaving})
    verdicts.update(judge(policy, [item for item in items if item.id not in verdicts], now))
    ordered = sorted(items, key=lambda item: (item.created_at or _NEVER, item.id), reverse=True)
    table = [item.id for item in sorted(ordered, key=lambda item: item.source or "")]
    doomed = [id for id in table if not verdicts[id].keep and id not in leaving]
    return Pruning(verdicts, table, waves(doomed, {item.id: item.needs for item in items}))


def waves(doomed: Sequence[str], needs: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """IDs in the order in which they can be deleted: first those that no other is built upon, and so on."""
    left, found = set(doomed), []
    while left:
        needed = {lower for upper in left for lower in needs.get(upper, ())}
        found.append([id for id in doomed if id in left - needed])
        left &= needed
    return found
