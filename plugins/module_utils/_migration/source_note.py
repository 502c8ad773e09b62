# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes on the source's server what a rollback has to know; what, `source_mark` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration import source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge, there
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


def write(cloud: Cloud, server: dict[str, Any], run: str, state: str, stop: bool) -> None:
    """Note on a server that it is on its way to a state, before anything is done to it.

    :param server: ``{id, name}``
    :param stop: whether it is to be off for that
    """
    service = Servers(cloud)
    row = there(service, server)
    note = source_mark.at_the_start(row, run, state, stop)
    if note != {}:
        merge(service, row, note or {}, unset=() if note else source_mark.KEYS)
