# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How backups of volumes are listed."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import Backups
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.of_volumes_list import OfVolumesInfo


class VolumeBackupInfo(OfVolumesInfo):
    service = Backups
