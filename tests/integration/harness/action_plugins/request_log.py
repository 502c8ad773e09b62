# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``request_log``: what the modules of this target asked of the clouds."""

import re

from ansible.errors import AnsibleActionFail
from osnap_harness import rules, surroundings
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Without arguments, returns a ``mark``. With ``since``, returns the ``requests`` since that mark.

    ``expect`` counts them: each key is a regular expression for ``METHOD service /path?query → status``, each value how
    many there must be.
    ``at_once`` is how many of them the services had in hand at a time, at the most.
    """

    ARGUMENTS = {"since": None, "expect": None}

    def act(self, since, expect):
        if since is None:
            return {"mark": surroundings.control().mark()}
        requests = surroundings.requests_since(int(since))
        lines = [rules.describe(request) for request in requests]
        for pattern, wanted in (expect or {}).items():
            found = [line for line in lines if re.search(pattern, line)]
            if len(found) != int(wanted):  # text from a template on ansible-core 2.16
                raise AnsibleActionFail(
                    f"{len(found)} requests match /{pattern}/, expected {wanted}: {'; '.join(lines)}"
                )
        return {"requests": lines, "writes": sum(map(rules.is_write, requests)), "at_once": rules.at_once(requests)}
