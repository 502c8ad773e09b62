# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.hosts import twice

DOCUMENTATION = r"""
name: migration_twice
short_description: Whether a host asks for a server that another group of hosts has as well
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Compares which servers the groups of a play were found to mean, once both clouds were read. One may be named by
    its name and by its ID.
  - Made for the role P(osnap.openstack.migrate_servers#role).
positional: _input, batch, host
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  batch:
    description: The names of the hosts of the play, C(ansible_play_batch).
    type: list
    elements: str
    required: true
  host:
    description: The host that is meant, C(inventory_hostname).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse a server that is named twice
  ansible.builtin.fail:
    msg: "{{ hostvars | osnap.openstack.migration_twice(ansible_play_batch, inventory_hostname) }}"
  when: hostvars | osnap.openstack.migration_twice(ansible_play_batch, inventory_hostname) is not none
"""

RETURN = r"""
_value:
  description: Why the host can't go, as a sentence. Null if nothing is wrong.
  type: str
"""


class FilterModule:
    def filters(self):
        return {"migration_twice": twice}
