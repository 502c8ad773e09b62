# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes how long each task took, one JSON line a task, to the file that SECONDS names."""

from __future__ import annotations

DOCUMENTATION = """
name: seconds
type: aggregate
short_description: How long each task took
description: For the benchmarks of this collection.
requirements: [the environment variable SECONDS]
"""

import json
import os
import time

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """A task's time is from its start to the end of its result, loop included."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "seconds"

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._began = time.monotonic()

    def v2_runner_on_ok(self, result):
        taken = time.monotonic() - self._began
        line = {"name": result._task.get_name(), "seconds": taken, "changed": result._result.get("changed", False)}
        with open(os.environ["SECONDS"], "a", encoding="utf-8") as output:
            output.write(json.dumps(line) + "\n")
