# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: retention_page
short_description: A simulated retention as one HTML page
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Draws how many snapshots there are on each day and how long each of them lives, coloured by the rule that keeps it.
  - The page is one file. Nothing is loaded from elsewhere, and nothing in it runs.
positional: _input, title
options:
  _input:
    description: What M(osnap.openstack.retention_simulation_info) has returned.
    type: dict
    required: true
  title:
    description: The title of the page.
    type: str
    default: Retention
"""

EXAMPLES = r"""
- name: Draw it
  ansible.builtin.copy:
    content: "{{ simulation | osnap.openstack.retention_page('A year of nights') }}"
    dest: retention.html
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""


def retention_page(simulation, title="Retention"):
    """Imported when it is called: whoever calls a filter loads all of the collection's."""
    from ansible_collections.osnap.openstack.plugins.plugin_utils._retention.page import page

    return page(simulation, title)


class FilterModule:
    def filters(self):
        return {"retention_page": retention_page}
