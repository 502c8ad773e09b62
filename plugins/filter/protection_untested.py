# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.plugin_utils.protection_told import untested

DOCUMENTATION = r"""
name: protection_untested
short_description: The sets whose restore is to be tested, for the role test_restore
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Makes of the servers that M(osnap.openstack.server_protection_info) has returned a list for C(test_restore_servers)
    of the role P(osnap.openstack.test_restore#role). It has each server with the alarm V(untested), and the newest good
    set of its policy.
options:
  _input:
    description: The RV(osnap.openstack.server_protection_info#module:servers) of the module.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show which restores are to be tested
  ansible.builtin.debug:
    msg: "{{ protection.servers | osnap.openstack.protection_untested }}"
"""

RETURN = r"""
_value:
  description: Dictionaries with C(server) and C(set).
  type: list
  elements: dict
"""


class FilterModule:
    def filters(self):
        return {"protection_untested": untested}
