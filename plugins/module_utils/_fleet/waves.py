# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which items go together, and which of them waits for which other."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    #: ``name`` (and ``id``, where it is known) of its server, ``wave`` (int, 1 unless set), ``boot_after`` (names or IDs)
    Item = Mapping[str, Any]


def waves(items: Sequence[Item]) -> list[list[int]]:
    """The positions of the items, wave by wave, the lowest first. Within a wave each comes after those that it boots
    after, and else in the order given.

    :raises OsnapError: one sentence on what can't be kept
    """
    numbers = [item.get("wave") or 1 for item in items]
    after = [_before(items, numbers, position) for position in range(len(items))]
    sorter = TopologicalSorter({position: after[position] for position in range(len(items))})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(f"'{items[position]['name']}'" for position in reversed(error.args[1]))
        raise OsnapError(f"These servers wait for each other by their boot_after: {circle}. Take one out.") from error
    return [_in_order(after, [at for at, of in enumerate(numbers) if of == number]) for number in sorted(set(numbers))]


def boots_after(items: Sequence[Item], position: int) -> list[int]:
    """The positions of those that an item boots after, of its wave and of earlier ones: these may have failed."""
    return _before(items, [item.get("wave") or 1 for item in items], position)


def _before(items, numbers, position):
    """The positions of what an item names in ``boot_after``."""
    found = []
    for name in items[position].get("boot_after") or []:
        of_that_name = [at for at, item in enumerate(items) if name in (item["name"], item.get("id"))]
        here = f"The server '{items[position]['name']}' can't boot after '{name}'"
        if not of_that_name:
            raise OsnapError(f"{here}, which is not among the servers of this run.")
        if len(of_that_name) > 1:
            raise OsnapError(f"{here}: {len(of_that_name)} servers of this run have that name. Give its ID.")
        at = of_that_name[0]
        if numbers[at] > numbers[position]:
            raise OsnapError(f"{here}: that is in wave {numbers[at]}, and it is itself in wave {numbers[position]}.")
        found.append(at)
    return found


def _in_order(after, positions):
    """Positions of one wave, each after those it waits for; there is no circle."""
    ordered: list[int] = []

    def place(position: int) -> None:
        if position not in ordered and position in positions:
            for at in sorted(after[position]):
                place(at)
            ordered.append(position)

    for position in positions:
        place(position)
    return ordered
