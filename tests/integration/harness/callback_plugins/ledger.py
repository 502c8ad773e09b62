# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count what a target tests: one line in the ledger for every assertion, request check and example. Quartets write
their own.
"""

import importlib
import os
import pkgutil

import osnap_harness
from ansible.plugins.callback import CallbackBase
from osnap_harness import surroundings, warm

DOCUMENTATION = """
name: ledger
type: aggregate
short_description: Counts the steps of an integration target
description: For the project's own tests only.
"""

#: Actions which are a step of their own wherever they stand.
COUNTED = frozenset({"assert", "ansible.builtin.assert", "request_log"})


class CallbackModule(CallbackBase):
    """Writes through ``osnap_harness.surroundings.record``."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "ledger"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook):
        """Have at hand what nearly every task needs: each is a process forked from this one."""
        for name in pkgutil.iter_modules(osnap_harness.__path__):
            importlib.import_module(f"osnap_harness.{name.name}")
        surroundings.clouds()
        surroundings.documentation()
        if warm.SOCKET in os.environ:
            warm.warm_tasks(self._is_warm)

    @staticmethod
    def _is_warm(task):
        """Tell whether a task that is no quartet may be run warm: what a test needs, as quartets show that; and
        examples, but a target's first one of a state of a module, which is packed by Ansible. A task with an
        interpreter of its own is to have that.
        """
        if "ansible_python_interpreter" in task.vars:
            return False
        is_example = "/examples/" in (task.get_path() or "")
        return not (is_example and surroundings.is_first(f"example-{task.action}-{task.args.get('state')}"))

    def v2_runner_on_ok(self, result):
        self._count(result, True)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._count(result, bool(ignore_errors))

    @staticmethod
    def _count(result, ok):
        task = getattr(result, "task", None) or result._task
        values = getattr(result, "result", None) or result._result
        entry = {"ok": ok, "name": task.get_name(), "module": task.action}
        if not ok:
            entry["problems"] = [str(values.get("msg") or values.get("exception"))]
        if "/examples/" in (task.get_path() or ""):
            surroundings.record(kind="example", **entry)
        elif task.action in COUNTED and "mark" not in values:
            surroundings.record(kind="step", **entry)
        elif not ok and "quartet" not in values:  # a quartet that judged something has written its own line
            surroundings.record(kind="task", **entry)
