# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.volumes_told import lines

DOCUMENTATION = r"""
name: volume_migration_told
short_description: What has become of volumes that are moved, in lines
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Makes a line for each volume out of what M(osnap.openstack.volume_migration) has returned, and one below it for each
    thing that was to go and stays.
  - Made for the role P(osnap.openstack.migrate_volumes#role).
positional: _input, is_check
options:
  _input:
    description: The RV(osnap.openstack.volume_migration#module:outcomes) of the module, none of which has failed.
    type: list
    elements: dict
    required: true
  is_check:
    description: Whether these are of a run in check mode, C(ansible_check_mode).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Tell what has become of the volumes
  ansible.builtin.debug:
    msg: "{{ moved.outcomes | osnap.openstack.volume_migration_told(ansible_check_mode) }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


class FilterModule:
    def filters(self):
        return {"volume_migration_told": lines}
