# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the harness's action plugins share. They work in the controller's process: a task costs milliseconds, not half a
second.
"""

import abc

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from .cloud import Cloud, CloudError
from .plain import plain


class HarnessAction(ActionBase):
    """An action that talks to the test cloud itself. ``act`` gets the arguments and returns the result."""

    TRANSFERS_FILES = False
    _requires_connection = False

    #: Argument → default; ``...`` stands for "has to be given".
    ARGUMENTS = {}

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        result.update({"changed": False})
        try:
            result.update(plain(self.act(**self.arguments())) or {})
        except CloudError as error:
            raise AnsibleActionFail(str(error)) from error
        return result

    def arguments(self):
        """Return the task's arguments with the defaults filled in."""
        given = plain(self._task.args)
        unknown = sorted(given.keys() - self.ARGUMENTS.keys())
        missing = sorted(name for name, default in self.ARGUMENTS.items() if default is ... and name not in given)
        if unknown or missing:
            raise AnsibleActionFail(
                f"{self._task.action}: unknown arguments {unknown}, missing arguments {missing}; it takes"
                f" {sorted(self.ARGUMENTS)}"
            )
        return {**self.ARGUMENTS, **{name: _typed(value, self.ARGUMENTS[name]) for name, value in given.items()}}

    @abc.abstractmethod
    def act(self, **arguments):
        """Do the work and return the result."""

    @staticmethod
    def cloud(name):
        """Return the cloud called *name* in the target's clouds.yaml."""
        return Cloud.named(name)


def _typed(value, default):
    """Return *value* of the default's type: ansible-core 2.16 makes a string of every template's result."""
    if isinstance(default, bool):
        return boolean(value)
    return int(value) if isinstance(default, int) else value
