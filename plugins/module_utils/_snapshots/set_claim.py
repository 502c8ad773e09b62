# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One restore in place of a server at a time: two would make half of it each, and both would call it restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import there
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


def rival(server: Mapping[str, Any], key: str) -> OsnapError | None:
    """The error where another restore has begun to put a server's disks back and has not come to its end.

    :param key: says which restore this one is
    """
    other = server["metadata"].get(_marks.RESTORING)
    if not other or other == key:
        return None
    return OsnapError(
        f"The server '{server['name']}' ({server['id']}) can't be restored in place: another restore has begun and has not"
        f" come to its end ({other}: the set and the run). Wait for it, or run it again; where it is given up, remove"
        f" {_marks.RESTORING} from the server's metadata. Then run again.",
        resource=server["id"],
    )


def claim(context: Context, server: Row, key: str) -> None:
    """Say on the server that this restore is at it, before its first touch. Of two that begin at once the last to say so
    goes on, and the other one hears of it in time.
    """
    service = Servers(context.cloud)
    for is_said in (False, True):
        now = there(service, server)
        if error := rival(now, key):
            raise error
        if not is_said:
            service.set_metadata(now, {_marks.RESTORING: key})
            waiter.pause(context)  # whoever has looked before this was written has written by then


def release(context: Context, server: Row) -> None:
    Servers(context.cloud).unset_metadata(server, _marks.RESTORING)
