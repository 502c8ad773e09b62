# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lists of snapshots and of backups share: the options ``sort`` and ``limit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.listing import InfoModule

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


class OfVolumesInfo(InfoModule):
    def _read(self, cloud, params):
        self.check(params)
        return super()._read(cloud, params)

    @staticmethod
    def check(params: dict) -> None:
        if params["limit"] is not None and params["limit"] < 1:
            raise OsnapError(f"limit is {params['limit']}; it takes 1 or more.")

    def listed(self, service: Service, cloud: Cloud, params: dict, filters: dict, most: int | None) -> list | None:
        try:
            return self._listed(service, params, filters, most)
        except OsnapError as error:
            if error.status != 400 or not params["sort"]:
                raise
            raise OsnapError(
                f"{str(error).rstrip('.')}; check sort, which is '{params['sort']}'.", **error.fields
            ) from error

    def _listed(self, service, params, filters, most):
        return service.list(most=most, **filters, **({"sort": params["sort"]} if params["sort"] else {}))
