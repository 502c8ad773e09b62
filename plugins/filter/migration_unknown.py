# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.unknown import unknown

DOCUMENTATION = r"""
name: migration_unknown
short_description: Variables that look like options of a role and are none
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Ansible takes a misspelt option of a role for a variable of somebody else, and says nothing. What it was to exclude
    would be moved.
  - Made for the roles P(osnap.openstack.migrate_servers#role) and P(osnap.openstack.migrate_volumes#role), whose
    variables begin with their names.
positional: _input, options, role
options:
  _input:
    description: The names of all variables that begin like those of the role.
    type: list
    elements: str
    required: true
  options:
    description: The options of the role, by name.
    type: dict
    required: true
  role:
    description: Name of the role.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse a variable that is no option
  ansible.builtin.fail:
    msg: "{{ unknown }}"
  when: unknown is truthy
  vars:
    unknown: "{{ names | osnap.openstack.migration_unknown(options, 'migrate_volumes') }}"
    names: "{{ query('ansible.builtin.varnames', '^migrate_volumes_') }}"
"""

RETURN = r"""
_value:
  description: Which are no options, and what may be meant, as a sentence. Null if there is none.
  type: str
"""


class FilterModule:
    def filters(self):
        return {"migration_unknown": unknown}
