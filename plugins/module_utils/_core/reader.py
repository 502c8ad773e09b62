# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.arguments import WAIT_OPTIONS, Module
from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import let_ask
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JOB_GONE, JobGone, Progress

if TYPE_CHECKING:
    from collections.abc import Callable


class Reader:
    """A task that only reads: options in, a result out. ``_info`` modules run through it.

    ``warnings`` of a result are those of the task.
    """

    def __init__(
        self,
        options: dict[str, Any],
        rules: dict[str, Any],
        read: Callable[[Any, dict[str, Any]], dict[str, Any]],
        connect: Callable[[dict[str, Any]], Any] = connect,
    ):
        self.options, self.rules, self.read, self.connect = options, rules, read, connect

    def run(self) -> None:
        module = Module(
            argument_spec={**AUTH_OPTIONS, **WAIT_OPTIONS, **self.options}, supports_check_mode=True, **self.rules
        )
        try:
            cloud = self.connect(module.params)
            let_ask(cloud, Progress.open())
            result = self.read(cloud, module.params)
        except OsnapError as error:
            module.fail_json(**error.as_result())
        except JobGone:
            module.fail_json(msg=JOB_GONE)
        for warning in result.pop("warnings", []):
            module.warn(warning)
        module.exit_json(changed=False, **result)
