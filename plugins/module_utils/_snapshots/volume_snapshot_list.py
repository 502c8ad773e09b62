# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How snapshots of volumes are listed: filters that no older cloud leaves out in silence, order, the back end's own."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import as_text
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import (
    SNAPSHOTS,
    VolumeSnapshots,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.of_volumes_list import OfVolumesInfo

#: Option -> the microversion before which Cinder leaves a filter out without a word.
FLOORS = {"consumes_quota": "3.65", "like": "3.34", "availability_zone": "3.31", "filters": "3.31"}
#: Attribute -> what Cinder calls it when it sorts.
COLUMNS = {"size": "volume_size"}
#: What is no filter, and has an option of its own.
NO_FILTERS = ("all_tenants", "limit", "marker", "offset", "sort", "sort_dir", "sort_key", "with_count")


class VolumeSnapshotInfo(OfVolumesInfo):
    service = VolumeSnapshots

    def _read(self, cloud, params):
        if not params["manageable"]:
            return super()._read(cloud, params)
        self.check(params)
        place = {key: value for key, value in {**params["manageable"], "sort": params["sort"]}.items() if value}
        return {"manageable_snapshots": self.service(cloud).manageable(**place)[: params["limit"]]}

    def _listed(self, service, params, filters, most):
        more = as_text(filters.pop("filters", {}))
        if ours := sorted(set(more) & {*NO_FILTERS, *filters}):
            raise OsnapError(f"filters has {', '.join(ours)}, for which there is an option; use that one.")
        used = [option for option in FLOORS if params.get(option) is not None] + ["like"] * any(
            "~" in key for key in more
        )
        if used:
            option = min(used, key=list(FLOORS).index)
            service.microversion = Microversions(
                SNAPSHOTS.newest, FLOORS[option], f"the filter {'name~' if option == 'like' else option}"
            )
        filters = {**filters, **more, **({"all_tenants": True} if params["project"] else {})}
        if params["sort"]:
            filters["sort"] = _as_columns(params["sort"])
        if not params["metadata"]:
            return service.list(most=most, **filters)
        # only to make the list shorter: the rows are looked at afterwards, for clouds before 3.22 leave this filter out
        try:
            return service.list(metadata=repr(as_text(params["metadata"])), **filters)
        except OsnapError as error:
            if error.status != 400:  # an operator may forbid the filter
                raise
            return service.list(**filters)


def _as_columns(sort):
    keys = [key.strip().partition(":") for key in sort.split(",")]
    return ",".join(COLUMNS.get(name, name) + colon + direction for name, colon, direction in keys)
