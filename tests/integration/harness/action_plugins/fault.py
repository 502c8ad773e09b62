# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``fault``: make the cloud misbehave towards this target's project, and stop it again."""

from osnap_harness import surroundings
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """``inject`` takes a rule as the injector knows them and returns its ``id``; ``clear`` takes such an ID."""

    ARGUMENTS = {"inject": None, "clear": None}

    def act(self, inject, clear):
        control = surroundings.control()
        if clear is not None:
            control.clear(clear)
        return {"id": control.inject({**inject, "project": surroundings.project()}) if inject else None}
