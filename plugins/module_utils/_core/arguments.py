# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module takes: its login, its waits; and an AnsibleModule that shows no secret of them."""

from __future__ import annotations

import sys
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.validation import check_type_dict

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS, secrets_in

#: Every module takes them, also where nothing is waited for: users set them for the whole group in ``module_defaults``.
WAIT_OPTIONS = {"wait": {"type": "bool", "default": True}, "timeout": {"type": "int", "default": 180}}

#: The oldest Python that the modules run on. ansible-core 2.16 runs modules on older ones, too.
MINIMUM_PYTHON = (3, 11)
#: Options whose whole value is a secret, also where validation has not come to them.
SECRET_OPTIONS = frozenset(
    name
    for option, argument in AUTH_OPTIONS.items()
    if argument.get("no_log")
    for name in (option, *argument.get("aliases", ()))
)


class Module(AnsibleModule):
    """AnsibleModule that masks the secrets inside its ``auth`` dictionaries before anything can fail or be logged.

    Validation comes later, and what it refuses comes out with all arguments in ansible-core 2.16.
    """

    def __init__(self, **options: Any):
        super().__init__(**options)
        if sys.version_info[:2] < MINIMUM_PYTHON:
            self.fail_json(
                msg=f"Python {'.'.join(map(str, MINIMUM_PYTHON))} or newer is needed, and {sys.executable} is"
                f" {'.'.join(map(str, sys.version_info[:2]))}; set ansible_python_interpreter to a newer one that has"
                " openstacksdk."
            )

    def _load_params(self):
        super()._load_params()
        self.no_log_values.update(_secrets(self.params))

    def _log_invocation(self):
        self.no_log_values.update(_secrets(self.params))
        super()._log_invocation()


def _secrets(value: Any, login: bool = True) -> set[str]:
    """The secrets of every ``auth`` dictionary anywhere in the parameters (a copy has two clouds), valid or not.

    ``login``: whether the value is a set of options of a login, whose secret options count too.
    """
    found = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "auth":
                inner = _as_dictionary(inner)
                found |= secrets_in(inner) if isinstance(inner, dict) else {str(inner)} if inner else set()
            elif login and key in SECRET_OPTIONS:
                found |= {str(inner)} if inner else set()
            elif login and key in ("cloud", "destination"):  # may still be text, as a template leaves it
                found |= _secrets(_as_dictionary(inner))
            else:
                found |= _secrets(inner, login=False)
    elif isinstance(value, list):
        for inner in value:
            found |= _secrets(inner, login=False)
    return found


def _as_dictionary(value: Any) -> Any:
    """The dictionary that a text stands for, as AnsibleModule reads options; anything else as it is."""
    if not isinstance(value, str) or ("=" not in value and "{" not in value):
        return value
    try:
        return check_type_dict(value)
    except (TypeError, ValueError):
        return value
