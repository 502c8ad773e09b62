# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this collection can do in a cloud, from what the cloud says of itself. Pure.

True: the services, their versions and the user's roles allow it. False: one of them does not. None: only trying would
tell, or the cloud would not say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as _default
from typing import Any, NamedTuple

ADMIN = "admin"
#: Roles with which Keystone's default policies let a user read and no more.
READERS = frozenset({"reader", "auditor"})


@dataclass
class Seen:
    """What was read. ``services`` is {catalog type: {endpoint, min_version, max_version}}; what could not be read is
    None, its reason in ``unread``.
    """

    services: dict[str, dict[str, Any]]
    roles: list[str]
    group_types: list[Any] | None = None
    import_methods: list[str] | None = None
    consistency_groups: bool | None = None
    unread: dict[str, str] = _default(default_factory=dict)


class Verdict(NamedTuple):
    """Whether something can be done, and why not or why nobody knows."""

    available: bool | None
    reason: str | None = None


YES = Verdict(True)


class Needs(NamedTuple):
    """What a feature needs: services, each with its least microversion or None, a role, and what else there is to say
    if these are met.
    """

    services: dict[str, str | None]
    writes: bool = True
    admin: bool = False
    further: Callable[[Seen], Verdict] = lambda seen: YES


def _volume_groups(seen: Seen) -> Verdict:
    if seen.group_types is None:
        return Verdict(None, f"the group types could not be read: {seen.unread.get('group_types')}")
    return (
        YES
        if seen.group_types
        else Verdict(False, "there is no group type that this user may use; an administrator makes one")
    )


def _legacy(seen: Seen) -> Verdict:
    if not seen.consistency_groups:
        return Verdict(
            False,
            f"the API of legacy consistency groups does not answer this user: {seen.unread.get('consistency_groups')}",
        )
    return Verdict(
        None,
        "the API answers, and whether a legacy consistency group can be made depends on the back end's driver: without"
        " support the group ends in error",
    )


def _import(seen: Seen) -> Verdict:
    if seen.import_methods is None:
        return Verdict(None, f"the ways to import images could not be read: {seen.unread.get('import_methods')}")
    return (
        YES
        if "glance-download" in seen.import_methods
        else Verdict(False, "the cloud's Glance does not offer the import method glance-download")
    )


def _unknown(reason: str) -> Callable[[Seen], Verdict]:
    return lambda seen: Verdict(None, reason)


CINDER, NOVA, GLANCE = "block-storage", "compute", "image"

FEATURES = {
    "volume_snapshot": Needs({CINDER: None}),
    "volume_snapshot_failure_reasons": Needs({CINDER: "3.3"}, writes=False),
    "volume_snapshot_manage": Needs({CINDER: "3.8"}, admin=True),
    "volume_snapshot_reset_status": Needs({CINDER: None}, admin=True),
    "volume_snapshot_force_delete": Needs({CINDER: None}, admin=True),
    "volume_snapshot_revert": Needs({CINDER: "3.40"}),
    "volume_group": Needs({CINDER: "3.13"}, further=_volume_groups),
    "cg_snapshot": Needs({CINDER: "3.14"}, further=_volume_groups),
    "cg_snapshot_legacy": Needs({CINDER: None}, further=_legacy),
    "cg_snapshot_reset_status": Needs({CINDER: "3.19"}, admin=True),
    "cg_snapshot_consistent": Needs(
        {CINDER: "3.14"},
        further=_unknown(
            "whether all members are taken at one moment depends on the back end's driver, and the group type proves"
            " nothing"
        ),
    ),
    "server_image_snapshot": Needs({NOVA: None, GLANCE: None}),
    "server_image_snapshot_frozen": Needs(
        {NOVA: None, GLANCE: None},
        further=_unknown("whether a running server is frozen depends on its hypervisor and on a guest agent in it"),
    ),
    "snapshot_metadata": Needs({CINDER: None}),
    "image_from_snapshot": Needs({CINDER: None, GLANCE: None}),
    "image_from_volume_in_use": Needs(
        {CINDER: None, GLANCE: None},
        further=_unknown("the cloud's setting enable_force_upload can't be read; it is off by default"),
    ),
    "volume_restore": Needs({CINDER: None}),
    "volume_transfer": Needs({CINDER: None}),
    "volume_transfer_without_snapshots": Needs({CINDER: "3.55"}),
    "server_restore": Needs({NOVA: None, GLANCE: None}),
    "server_rebuild_volume_backed": Needs({NOVA: "2.93", CINDER: "3.68"}),
    "server_power": Needs({NOVA: None}),
    "server_lock_reason": Needs({NOVA: "2.73"}),
    "image_copy": Needs({GLANCE: None}),
    "image_copy_between_regions": Needs({GLANCE: None}, further=_import),
    "snapshot_prune": Needs({CINDER: None}),
    "all_projects": Needs({CINDER: None}, writes=False, admin=True),
}


def features(seen: Seen) -> dict[str, dict[str, Any]]:
    """``{feature: {available, reason}}``."""
    return {name: judge(needs, seen)._asdict() for name, needs in FEATURES.items()}


def judge(needs: Needs, seen: Seen) -> Verdict:
    """The first thing that speaks against a feature; a certain no before what is unknown."""
    verdicts = [_service(service, least, seen) for service, least in needs.services.items()] + [_role(needs, seen)]
    for verdict in verdicts:
        if verdict.available is False:
            return verdict
    return next((verdict for verdict in verdicts if verdict.available is None), None) or needs.further(seen)


def _service(service: str, least: str | None, seen: Seen) -> Verdict:
    there = seen.services[service]
    if not there["endpoint"]:
        return Verdict(False, f"the cloud has no {service} service in its catalog for this region and interface")
    if least is None:
        return YES
    if there["max_version"] is None:
        return Verdict(None, f"it needs {service} API {least}, and what this cloud offers could not be read")
    if _number(there["max_version"]) < _number(least):
        return Verdict(
            False, f"it needs {service} API {least}, and this cloud offers {there['max_version']} at the most"
        )
    return YES


def _role(needs: Needs, seen: Seen) -> Verdict:
    if needs.admin and ADMIN not in seen.roles:
        return Verdict(
            False, "the default policy allows it to the role admin only, which this user does not have in this project"
        )
    if needs.writes and not set(seen.roles) - READERS:
        return Verdict(
            False,
            f"the user has only the roles {', '.join(seen.roles)} in this project, and the default policy lets these"
            " only read",
        )
    return YES


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
