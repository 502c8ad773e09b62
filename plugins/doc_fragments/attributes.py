# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module promises: check mode, diff mode, action group, idempotence."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and predict the changed status and the result without modifying anything.
    support: full
  diff_mode:
    description: Returns details of what has changed or would change, in diff mode.
    support: full
  action_group:
    description: Use C(group/osnap.openstack.openstack) in C(module_defaults) to set defaults for these modules.
    support: full
    membership:
      - osnap.openstack.openstack
  idempotent:
    description: When run twice in a row outside of check mode, with the same arguments, the second invocation indicates no change.
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and predict the changed status and the result without modifying anything.
    support: full
  diff_mode:
    description: Returns details of what has changed or would change, in diff mode.
    support: N/A
    details: Nothing is changed.
  action_group:
    description: Use C(group/osnap.openstack.openstack) in C(module_defaults) to set defaults for these modules.
    support: full
    membership:
      - osnap.openstack.openstack
  idempotent:
    description: When run twice in a row outside of check mode, with the same arguments, the second invocation indicates no change.
    support: full
"""
