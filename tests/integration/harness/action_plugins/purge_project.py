# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``purge_project``: remove all that the target's project has, in both clouds at once."""

from osnap_harness import fixtures, purge, surroundings
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Works as the project's administrator, so that what is locked, protected or stuck goes as well."""

    ARGUMENTS = {"clouds": None, "timeout": 120}

    def act(self, clouds, timeout):
        names = clouds or [name for name in surroundings.clouds() if not name.endswith("-admin")]
        rounds = fixtures.in_parallel(lambda name: purge.purge(self.cloud(f"{name}-admin"), timeout), names)
        return {"changed": any(rounds), "rounds": dict(zip(names, rounds, strict=True))}
