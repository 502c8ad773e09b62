# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for systemd's own module, so that AnsibleModule takes it for the machine's journal: what it logs is kept in
$OSNAP_JOURNAL.

The journal gets all that syslog gets, the message, and each argument once more as a field of its own.
"""

import json
import os


def send(**fields):
    with open(os.environ["OSNAP_JOURNAL"], "a", encoding="utf-8") as journal:
        journal.write(json.dumps(fields) + "\n")


def sendv(*_fields):
    raise NotImplementedError("AnsibleModule looks whether this is there, and never calls it")
