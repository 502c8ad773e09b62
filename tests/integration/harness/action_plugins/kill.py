# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``kill``: run a module in an Ansible of its own and SIGKILL all of that at one of its requests."""

import json
import os
import sys
import tempfile
from pathlib import Path

from ansible.errors import AnsibleActionFail
from osnap_harness import surroundings, target
from osnap_harness.action import HarnessAction
from osnap_harness.cloud import USER_AGENT

sys.path.insert(0, str(target.REPOSITORY / "tests" / "workflows"))
from victim import Victim  # noqa: E402


class ActionModule(HarnessAction):
    """``module`` and ``args``; ``rule``, a rule of the test cloud with ``stop``. Fails if the module never sends that
    request.
    """

    ARGUMENTS = {"module": ..., "args": ..., "rule": ..., "timeout": 120}

    def act(self, module, args, rule, timeout):
        control = surroundings.control()
        stop = control.inject({"project": surroundings.project(), "user_agent": f"^(?!{USER_AGENT})", **rule})
        command = [
            str(Path(sys.executable).with_name("ansible")),
            "localhost",
            "-i",
            "localhost,",
            "-c",
            "local",
            "-m",
            module,
            "-a",
            json.dumps(args),
            "-e",
            f"ansible_python_interpreter={sys.executable}",
        ]
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("ANSIBLE_CALLBACKS_ENABLED", surroundings.LEDGER)
        }
        with tempfile.NamedTemporaryFile() as log:
            victim = Victim(command, kept, log.name)
            try:
                held = control.wait_stopped(stop, timeout)
            finally:
                victim.kill_all()
                control.clear(stop)  # lets the request go, without an answer
            if not held:
                raise AnsibleActionFail(
                    f"{module} never came to that request:"
                    f" {Path(log.name).read_text(encoding='utf-8', errors='replace')[-2000:]}"
                )
        return {"changed": True, "held": held}
