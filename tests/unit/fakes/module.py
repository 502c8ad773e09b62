# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to run a module in this process, with the ansible-core that is there."""

from __future__ import annotations

import contextlib
import io
import json
from unittest import mock

from ansible.module_utils import basic

from ansible_collections.osnap.openstack.plugins.module_utils._core import runner
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation


@contextlib.contextmanager
def module_arguments(arguments):
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # before ansible-core 2.17
        with mock.patch.object(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()):
            yield
    else:
        with patch_module_args(arguments):
            yield


class Ran:
    """What a module has printed, logged and returned."""

    def __init__(self, output, logged):
        self.output, self.logged = output, logged
        self.result = json.loads(output)
        self.failed = self.result.get("failed", False)

    def __getitem__(self, key):
        return self.result[key]

    def __contains__(self, key):
        return key in self.result


def run(runnable, arguments, *, check=False, diff=False) -> Ran:
    """Run an operation, or whatever has a ``run()`` that ends a module; exactly one JSON document must come out."""
    logged = []
    arguments = {**arguments, "_ansible_check_mode": check, "_ansible_diff": diff}
    printed = io.StringIO()
    with (
        module_arguments(arguments),
        mock.patch.object(
            basic.AnsibleModule, "log", lambda self, msg, log_args=None: logged.append(f"{msg} {log_args}")
        ),
        contextlib.redirect_stdout(printed),
    ):
        try:
            runner.run(runnable) if isinstance(runnable, Operation) else runnable.run()
        except SystemExit:
            return Ran(printed.getvalue(), "\n".join(logged))
    raise AssertionError("the module ended without a result")


def ensuring(kind):
    """A function that runs one task of such an operation on a fake cloud: ``ensure(cloud, check=True,
    name="nightly")``.
    """

    def ensure(cloud, *, check=False, **arguments):
        operation = kind()
        operation.connect = lambda params: cloud
        return run(operation, arguments, check=check, diff=True)

    return ensure
