# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have our modules run in the warm interpreter wherever a play calls them, in a role as well; see `warm`."""

import os

from ansible.plugins.callback import CallbackBase
from osnap_harness import warm

DOCUMENTATION = """
name: warm_runs
type: aggregate
short_description: Runs the collection's modules in a warm interpreter
description: For the project's own tests only.
"""


class CallbackModule(CallbackBase):
    """Only where a warm interpreter waits. A callback plugin, because what it sets the workers are forked with."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "warm_runs"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook):
        if warm.SOCKET in os.environ:
            warm.warm_tasks(lambda task: True)
