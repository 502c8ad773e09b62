# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module several times, one after another, as a job does: ``drive.py MODULE PARAMETERS...``, each a JSON object.

Each run is a process of its own, a child of this one, which stands for the job: the module finds out when it is gone.
Each prints its result, a line of JSON; the first that fails is the last. `OSNAP_CLOCK` in the environment moves the
clock of the collection by so many seconds.
"""

import json
import os
import sys
import traceback

COLLECTION = "ansible_collections.osnap.openstack.plugins.modules."


def main():
    """Run them; the exit status of the last."""
    import keystoneauth1.session  # noqa: F401  # once for all of the runs
    import openstack  # noqa: F401

    if seconds := os.environ.get("OSNAP_CLOCK"):
        import moved_clock

        moved_clock.move(float(seconds))
    module, *given = sys.argv[1:]
    for parameters in given:
        pid = os.fork()
        if not pid:
            os._exit(_run(COLLECTION + module, json.loads(parameters)))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            return 1
    return 0


def _run(name, parameters):
    """Run a module as Ansible's own wrapper does, once it has unpacked it; the exit status."""
    from ansible.module_utils._internal._ansiballz import _loader

    told = json.dumps({"ANSIBLE_MODULE_ARGS": parameters}).encode()
    try:
        _loader.run_module(json_params=told, profile="legacy", module_fqn=name, modlib_path=None, extensions={})
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main())
