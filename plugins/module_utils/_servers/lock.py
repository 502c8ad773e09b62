# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that nobody is to start by accident: locked with a reason, and unlocked only if the reason is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

#: 2.73 takes and shows the reason; before it a lock has none.
LOCK = Microversions("2.73", "2.1", "locking a server")
REASON = Microversions("2.73", "2.73", "the reason of a lock")
#: How a reason of ours begins.
OURS = "osnap: "


class Seen(NamedTuple):
    """Whether a server is locked, and whether by us: both of one look. The row may be older, and who has unlocked a server
    since has left no reason, which would make of our lock that of somebody else.
    """

    is_locked: bool
    is_ours: bool


def look(service: Servers, server: dict, why: str | None = None) -> Seen:
    """The lock of a server as it is now; of one whose row has none nothing is asked.

    :param why: the reason that it was locked for, any of ours if not given; a cloud that keeps none has our mark alone
    """
    if not server["is_locked"]:
        return Seen(False, False)
    id = server["id"]
    raw = service.client.get(
        f"/servers/{segment(id)}",
        doing=f"read the server {id}",
        resource=id,
        microversion=LOCK,
        missing_ok=True,
    )
    if raw is None or not raw["server"].get("locked", True):
        return Seen(False, False)
    reason = raw["server"].get("locked_reason")
    if not reason:
        return Seen(True, _marks.LOCKED in (raw["server"].get("metadata") or {}))
    return Seen(True, reason.startswith(OURS) if why is None else reason == OURS + why)


def lock(service: Servers, server: dict, why: str, only: str | None = None) -> bool:
    """Lock a server that is not; whether that was done. One that somebody else has locked stays theirs.

    :param only: the status without which it is left as it is

    A lock that can't have a reason is known by a mark, which is set before: a locked server takes none.
    """
    now = service.get(server["id"])
    if now is None or now["is_locked"] or only not in (None, now["status"]):
        return False
    knows = service.client.offers(REASON)
    if not knows:
        service.set_metadata(now, {_marks.LOCKED: "true"})
    service.act(now, "lock", {"locked_reason": OURS + why} if knows else None, doing="lock", microversion=LOCK)
    return True


def unlock(service: Servers, server: dict, why: str | None = None) -> bool:
    """Take back a lock of ours, as :func:`look` knows it; whether that was done."""
    now = service.get(server["id"])
    if now is None:
        return False
    seen = look(service, now, why)
    if seen.is_ours:
        service.act(now, "unlock", None, doing="unlock", microversion=LOCK)
    if _marks.LOCKED in now["metadata"] and (seen.is_ours or not seen.is_locked):
        service.unset_metadata(now, _marks.LOCKED)
    return seen.is_ours
