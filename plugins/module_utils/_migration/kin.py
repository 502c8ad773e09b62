# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two logins have in common: a Keystone, a Glance, a Cinder. Their catalogs tell, and no URL is guessed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import AUTO, SHARE, STREAM, Kin
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_imports import (
    GLANCE_DOWNLOAD,
    ImageImports,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options


def methods_of(items: Iterable[Mapping[str, Any]], options: Options) -> set[str]:
    """The ways that are asked for, by any of several and by all together."""
    own = [(item.get("method") or options.method, *(item.get("disk_methods") or {}).values()) for item in items]
    return {method for several in own for method in several}


def read(cloud: Cloud, methods: Collection[str]) -> Kin:
    """What ``cloud`` and its peer have in common. One request at the most, and only where both have one Keystone.

    :param methods: as :func:`methods_of` has them
    """
    there = cloud.peer
    here = cloud.client("image").entry
    if here is None or not there.lists(here):
        return Kin(there=there.project_id)
    glance, cinder = _is_one(cloud, "image"), _is_one(cloud, "block-storage")
    asks = any(one not in (STREAM, SHARE) and not (glance and one == AUTO) for one in methods)
    return Kin(
        glance=glance,
        cinder=cinder,
        region=here.region,
        imports=asks and GLANCE_DOWNLOAD in ImageImports(there).methods(),
        project=cloud.project_id == there.project_id,
        there=there.project_id,
    )


def share_storage(cloud: Cloud) -> bool:
    """Whether ``cloud`` and its peer have the same Cinder. No request."""
    image = cloud.client("image").entry
    return bool(image and cloud.peer.lists(image)) and _is_one(cloud, "block-storage")


def _is_one(cloud: Cloud, service: str) -> bool:
    """Whether both have the same service: by its ID and its region, whichever interface each login takes."""
    here, there = cloud.client(service).entry, cloud.peer.client(service).entry
    return bool(here and there and (here.service, here.region) == (there.service, there.region))
