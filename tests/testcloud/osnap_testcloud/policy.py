# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oslo.policy loads its rules at the first request, and a second request at that moment is refused by the half of them.

Web servers with one request a process don't see it; with threads it is a 403 that is gone at the next try.
"""

import threading

from oslo_policy import policy


def install():
    """Make a request wait while another one loads the rules."""
    load_rules, lock = policy.Enforcer.load_rules, threading.RLock()

    def load_rules_alone(enforcer, force_reload=False):
        with lock:
            load_rules(enforcer, force_reload)

    policy.Enforcer.load_rules = load_rules_alone
