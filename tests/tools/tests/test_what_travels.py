# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that each row of what travels with a server has a test, by name in tests/claims."""

import re

import yaml
from build import REPOSITORY

PAGE = REPOSITORY / "docs" / "docsite" / "rst" / "what_travels.rst"
CLAIMS = REPOSITORY / "tests" / "claims" / "what_travels.yml"


def rows():
    """What the page says in the first column of its tables, their heads left out."""
    return [row for row in re.findall(r"^   \* - (.*)$", PAGE.read_text(), re.M) if row != "What"]


def test_each_row_is_a_claim_and_each_claim_a_row():
    claimed = [entry["promise"] for entry in yaml.safe_load(CLAIMS.read_text())]
    found = rows()
    assert len(set(found)) == len(found)
    assert set(claimed) == set(found)
