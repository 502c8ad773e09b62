# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have our modules run in the warm interpreter wherever a play calls them, in a role as well; see `osnap_harness.warm`.

A callback plugin, because those are loaded before the first worker forks, whatever the play is.
"""

import os

from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase
from osnap_harness import warm

DOCUMENTATION = """
name: warm_runs
type: aggregate
short_description: Runs the collection's modules in a warm interpreter
description: For the project's own tests only.
"""

#: The modules of the collection begin so.
OURS = "osnap.openstack."


class CallbackModule(CallbackBase):
    """Only where a warm interpreter waits."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "warm_runs"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if warm.SOCKET in os.environ:
            ActionBase._execute_module = warmed(ActionBase._execute_module)


def warmed(execute):
    """``_execute_module`` of all action plugins. An asynchronous run is no child of its worker, and stays cold."""

    def execute_module(self, module_name=None, *args, **options):
        if str(module_name or self._task.action).startswith(OURS) and not self._task.async_val:
            warm.warm_up(self)
        return execute(self, module_name, *args, **options)

    return execute_module
