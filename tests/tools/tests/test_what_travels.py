# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that each row of what travels with a server has a test, by name in tests/claims."""

import re

import yaml
from build import REPOSITORY

PAGE = REPOSITORY / "docs" / "docsite" / "rst" / "what_travels.rst"
CLAIMS = REPOSITORY / "tests" / "claims" / "what_travels.yml"

#: Rows that nobody has tested yet. None is to come.
UNTIED = {
    "Properties of the image",
    "What is deleted with the server",
    "Several addresses of an interface",
    "Description and tags of the server",
    "Configuration drive",
    "Power",
    "Addresses",
    "MAC",
    "Server group",
    "User data",
    "Membership in load balancers, DNS records",
    "QoS policies and trunks",
    "Allowed address pairs, no port security",
    "Membership in a Heat stack",
    "Snapshots and backups of volumes",
    "A frozen file system that is proven",
}


def rows():
    """What the page says in the first column of its tables, their heads left out."""
    return [row for row in re.findall(r"^   \* - (.*)$", PAGE.read_text(), re.M) if row != "What"]


def test_each_row_is_a_claim_and_each_claim_a_row():
    """Equal, so that a row that is tied leaves the list."""
    claimed = [entry["promise"] for entry in yaml.safe_load(CLAIMS.read_text())]
    found = rows()
    assert len(set(found)) == len(found)
    assert set(found) - set(claimed) == UNTIED
    assert set(claimed) <= set(found)
