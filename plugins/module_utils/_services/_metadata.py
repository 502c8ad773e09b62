# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metadata that others write, too. Services merge by writing all keys that they have read, so of two writers at once
one loses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


#: So often the same change is asked for before somebody else is held to be working against it.
TRIES = 3


def settled(row: dict, missing: Callable, send: Callable, read: Callable) -> dict:
    """Send what is missing and read the row again, :data:`TRIES` times at most, until nothing is missing.

    For changes that may be repeated: one whose answer got lost is looked at like any other.

    :param missing: of a row, what is to be sent; false when all is so
    :param send: sends that, given the row and what is missing
    :param read: the row as it is now
    :returns: the row as it was last seen
    """
    for remaining in reversed(range(TRIES)):
        todo = missing(row)
        if not todo:
            break
        try:
            send(row, todo)
        except Ambiguous:
            if not remaining:
                raise
        row = read(row)
    return row


def difference(
    have: dict, metadata: dict, unset: Iterable = (), replace: bool = False, known: set | None = None
) -> tuple | None:
    """``(keys to set, keys to remove)`` that lead from ``have`` to ``metadata``; None for nothing.

    :param unset: removed one by one, in this order: by the last one a killed run's successor finds the rest
    :param known: with ``replace``, the keys that were there when it was planned: a mark that came later, such as a hold,
        is nobody's to purge
    """
    differing = {key: value for key, value in metadata.items() if have.get(key) != value}
    superfluous = sorted(set(have) - set(metadata)) if replace else [key for key in unset if key in have]
    if known is not None:
        superfluous = [key for key in superfluous if key in known or not _marks.is_ours(key)]
    return (differing, superfluous) if differing or superfluous else None


def merge(service: Service, row: dict, metadata: dict, *, unset: Iterable = (), replace: bool = False) -> dict:
    """Merge keys into the metadata of a volume, a snapshot or a server and remove those of ``unset``; or, with
    ``replace``, make it exactly ``metadata``.

    Only what differs is sent, key by key, and somebody else's keys are left alone: the service merges what it is sent
    into what it has by then, never we into what we have read. Returns the row as it is then.

    :param row: as it was planned with
    """
    known = set(row["metadata"] or {})
    path, doing = f"{service.path}/{row['id']}/metadata", f"set the metadata of the {service.noun} {service.label(row)}"

    def write(method, path, **more):
        service.client.write(method, path, doing=doing, resource=row["id"], microversion=service.microversion, **more)

    def send(row, todo):
        differing, superfluous = todo
        if differing:
            write("POST", path, body={"metadata": differing})
        for key in superfluous:
            write("DELETE", f"{path}/{segment(key)}", ok=(404,))

    return settled(
        row,
        lambda row: difference(row["metadata"] or {}, metadata, unset, replace, known),
        send,
        lambda row: there(service, row),
    )


def there(service: Service, row: dict) -> dict:
    """A row as it is now; an error if somebody has deleted it meanwhile."""
    found = service.get(row["id"])
    if found is None:
        raise OsnapError(
            f"The {service.noun} {service.label(row)} vanished while it was changed; somebody deleted it. Run again.",
            resource=row["id"],
        )
    return found
