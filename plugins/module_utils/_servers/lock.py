# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that nobody is to start by accident: locked with a reason, and unlocked only if the reason is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

#: 2.73 takes and shows the reason; before it a lock has none.
LOCK = Microversions("2.73", "2.1", "locking a server")
#: How a reason of ours begins.
OURS = "osnap: "


def reason_of(service: Servers, id: str) -> str | None:
    """Why a server is locked, as far as Nova tells; None for one that is not locked or not there."""
    raw = service.client.get(
        f"/servers/{segment(id)}",
        doing=f"read the server {id}",
        resource=id,
        microversion=LOCK,
        missing_ok=True,
    )
    return None if raw is None else (raw["server"].get("locked_reason") or None)


def is_ours(service: Servers, id: str, why: str, untold: bool) -> bool:
    """Whether a locked server was locked by us, for this reason.

    :param untold: whether it is to be taken for ours where the cloud keeps no reasons
    """
    if not _knows_reasons(service):
        return untold
    return reason_of(service, id) == OURS + why


def lock(service: Servers, server: dict, why: str) -> bool:
    """Lock a server that is not; whether that was done. One that somebody else has locked stays theirs."""
    now = service.get(server["id"])
    if now is None or now["is_locked"]:
        return False
    reason = {"locked_reason": OURS + why} if _knows_reasons(service) else None
    service.act(now, "lock", reason, doing="lock", microversion=LOCK)
    return True


def unlock(service: Servers, server: dict, why: str, untold: bool) -> bool:
    """Take back a lock of ours, as :func:`is_ours` says it; whether that was done."""
    if not is_ours(service, server["id"], why, untold):
        return False
    service.act(server, "unlock", None, doing="unlock", microversion=LOCK)
    return True


def _knows_reasons(service):
    return tuple(map(int, service.client.maximum_microversion().split("."))) >= (2, 73)
