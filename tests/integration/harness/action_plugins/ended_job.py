# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``ended_job``: what a task with ``async`` has given, once it has ended. Each look of Ansible's own async_status is a
module: 0.4 s of a processor.
"""

import json
import os
import time
from pathlib import Path

from ansible.errors import AnsibleActionFail
from osnap_harness.action import HarnessAction

PAUSE = 0.1


class ActionModule(HarnessAction):
    """``id`` is the ``ansible_job_id``; returns the result of the job's module, whose failure is this task's."""

    ARGUMENTS = {"id": ..., "timeout": 60}

    def act(self, id, timeout):
        path = Path(os.environ["ANSIBLE_ASYNC_DIR"]) / str(id)
        deadline = time.monotonic() + timeout
        while True:
            said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            # Until it has ended, its file says only that it has begun; then it is the module's answer.
            if said and "started" not in said:
                return {**said, "finished": True, "ansible_job_id": id}
            if time.monotonic() > deadline:
                raise AnsibleActionFail(f"the job {id} has not ended after {timeout} s: {said}")
            time.sleep(PAUSE)
