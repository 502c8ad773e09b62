# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects of a cloud are meant, each with its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject, subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service

#: Whether an item of a selection has come of a pattern. It is no option of a user's.
FOUND = "found"


def selected(
    service: Service, items: Sequence[Values], exclude: Sequence[Any], rows: Sequence[Row]
) -> list[dict[str, Any]]:
    """An item for each object that is meant; of those that a pattern has found ``FOUND`` is true.

    :param service: of the objects
    """
    marked = [{**item, FOUND: item.get(service.noun) is None} for item in items]
    return selection.select(marked, exclude, rows, service.cloud.name, (service.noun,))


def subjects(
    service: Service,
    items: Sequence[Values],
    rows: Sequence[Row],
    policies: Mapping[str, Policy],
    default: str | None,
) -> list[Subject | OsnapError]:
    """The objects of selected items with their policies, in the order of the items."""
    noun = service.noun
    named = {item[noun].strip() for item in items}
    found: dict[str, Any] = {name: own[0] for name in named if len(own := lookup.meant(rows, name)) == 1}
    others = named - set(found)  # such as another project's, or several of one name
    found |= lookup.existing(service, others) if others else {}
    return [
        row
        if isinstance(row := found[item[noun].strip()], OsnapError)
        else subject(noun, row, item.get("policy"), default, policies)
        for item in items
    ]
