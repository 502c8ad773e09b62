# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``copy_backup``: puts what the store of one cloud has of a backup into that of another, past Cinder: as if both had
the same store.
"""

import shutil

from osnap_harness import surroundings
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Copies the folder that a backup says is its ``container``."""

    ARGUMENTS = {"cloud": ..., "to": ..., "container": ...}

    def act(self, cloud, to, container):
        stores = [surroundings.instance() / name / "cinder" / "backup" for name in (cloud, to)]
        shutil.copytree(*[store / container for store in stores], dirs_exist_ok=True)
        return {"changed": True}
