# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``fault``: make the cloud misbehave towards this target's project, and stop it again."""

from ansible.errors import AnsibleActionFail
from osnap_harness import surroundings
from osnap_harness.action import HarnessAction
from osnap_harness.cloud import USER_AGENT

#: Whatever the modules meet, the harness is to see the cloud as it is.
NOT_THE_HARNESS = f"^(?!{USER_AGENT})"


class ActionModule(HarnessAction):
    """``inject`` takes a rule of the test cloud and returns its ``id``; ``clear`` takes that ID and returns how many
    ``hits`` there were. ``met`` waits until the rule of that ID has matched so many ``requests``.

    Fails to clear a rule that nothing matched: a fault that never came proves nothing.
    """

    ARGUMENTS = {"inject": None, "clear": None, "met": None, "requests": 1, "unused": False}

    def act(self, inject, clear, met, requests, unused):
        control = surroundings.control()
        if met:
            hits = control.wait_hits(met, requests)
            if hits < requests:
                raise AnsibleActionFail(f"the fault {met} met {hits} requests, {requests} expected")
            return {"hits": hits}
        if inject:
            here = (
                {"project": surroundings.project()}
                if "backend" in inject
                else {"project": surroundings.project(), "user_agent": NOT_THE_HARNESS}
            )
            return {"id": control.inject({**here, **inject})}
        hits = control.hits(clear)
        control.clear(clear)
        if not hits and not unused:
            raise AnsibleActionFail(f"the fault {clear} met no request at all")
        return {"hits": hits}
