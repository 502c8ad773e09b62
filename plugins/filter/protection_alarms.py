# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.osnap.openstack.plugins.plugin_utils.protection_told import failing

DOCUMENTATION = r"""
name: protection_alarms
short_description: The alarms of protection that matter, as one sentence
version_added: 0.2.0
author: the osnap.openstack authors
description:
  - Makes a sentence out of the alarms that M(osnap.openstack.volume_protection_info) has returned, for a play that
    fails with it. C(ansible-playbook) ends with 2 then, which a check of Nagios takes for critical, and a node of AWX
    for failed.
  - It is empty where none of those that matter is there.
positional: _input, fail_when
options:
  _input:
    description: The RV(osnap.openstack.volume_protection_info#module:alarms) of the module.
    type: list
    elements: dict
    required: true
  fail_when:
    description: The codes of alarms that matter.
    type: list
    elements: str
    choices: [overdue, unprotected, failed, torn, lagging, untested, paused]
    default: [overdue, unprotected, torn]
"""

EXAMPLES = r"""
- name: Fail if anything is overdue or unprotected
  ansible.builtin.fail:
    msg: "{{ sentence }}"
  when: sentence | length > 0
  vars:
    sentence: "{{ protection.alarms | osnap.openstack.protection_alarms(['overdue', 'unprotected']) }}"
"""

RETURN = r"""
_value:
  description: The sentence, or an empty text.
  type: str
"""


def _alarms(alarms, fail_when=("overdue", "unprotected", "torn")):
    try:
        return failing(alarms, fail_when)
    except ValueError as error:
        raise AnsibleFilterError(f"protection_alarms: {error}") from error


class FilterModule:
    def filters(self):
        return {"protection_alarms": _alarms}
