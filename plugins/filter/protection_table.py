# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.protection_told import table

DOCUMENTATION = r"""
name: protection_table
short_description: The status of protection as a table for the terminal
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Makes lines out of what M(osnap.openstack.volume_protection_info) or M(osnap.openstack.server_protection_info) has
    returned, one for each object, with columns of the same width.
positional: _input
options:
  _input:
    description: The RV(osnap.openstack.volume_protection_info#module:volumes) of the module.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show how well volumes are protected
  ansible.builtin.debug:
    msg: "{{ protection.volumes | osnap.openstack.protection_table }}"
"""

RETURN = r"""
_value:
  description: The lines, the first of which names the columns.
  type: list
  elements: str
"""


class FilterModule:
    def filters(self):
        return {"protection_table": table}
