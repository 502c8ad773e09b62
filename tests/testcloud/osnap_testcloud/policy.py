# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oslo.policy loads its rules at the first request, and a second request at that moment is refused by the half of them.

Web servers with one request a process don't see it; with threads it is a 403 that is gone at the next try. And it looks
for changed files, and through all rules, at each question: an answer of some objects asks dozens of times.
"""

import threading

from oslo_policy import policy


def install():
    """Make a request wait while another one loads the rules, and load them again only when there are more of them: no
    file of policies changes here.
    """
    load_rules, lock = policy.Enforcer.load_rules, threading.RLock()

    def load_rules_once(enforcer, force_reload=False):
        if enforcer.rules and not force_reload and enforcer.__dict__.get("loaded") == len(enforcer.registered_rules):
            return
        with lock:
            load_rules(enforcer, force_reload)
            enforcer.loaded = len(enforcer.registered_rules)

    policy.Enforcer.load_rules = load_rules_once
