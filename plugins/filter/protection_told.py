# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.protection_told import lines

DOCUMENTATION = r"""
name: protection_told
short_description: What was taken and removed by protection, in lines
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Makes a line for each volume out of what M(osnap.openstack.volume_protection) has returned.
  - Made for the role P(osnap.openstack.protect_volumes#role).
positional: _input, is_check
options:
  _input:
    description: The RV(osnap.openstack.volume_protection#module:protections) of the module, none of which has failed.
    type: list
    elements: dict
    required: true
  is_check:
    description: Whether these are of a run in check mode, C(ansible_check_mode).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Tell what was taken and removed
  ansible.builtin.debug:
    msg: "{{ protected.protections | osnap.openstack.protection_told(ansible_check_mode) }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


class FilterModule:
    def filters(self):
        return {"protection_told": lines}
