# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the result of each task, one JSON line a task, to the file that PARITY_ANSWERS names."""

from __future__ import annotations

DOCUMENTATION = """
name: answers
type: aggregate
short_description: The result of each task
description: For the parity tests of this collection.
requirements: [the environment variable PARITY_ANSWERS]
"""

import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Also of those that failed."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "answers"

    def v2_runner_on_ok(self, result):
        with open(os.environ["PARITY_ANSWERS"], "a", encoding="utf-8") as output:
            output.write(json.dumps({"name": result._task.get_name(), "result": result._result}, default=str) + "\n")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.v2_runner_on_ok(result)
