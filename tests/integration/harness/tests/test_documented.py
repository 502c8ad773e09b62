# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RETURN is a promise: nothing beside it, nothing less, of the types it says."""

import pytest
from osnap_harness import documented

SNAPSHOT = {
    "type": "dict",
    "returned": "success",
    "contains": {
        "id": {"type": "str", "returned": "success"},
        "size": {"type": "int"},
        "metadata": {"type": "dict"},
        "reason": {"type": "str", "returned": "when the service gives one"},
    },
}
RETURN = {
    "snapshot": SNAPSHOT,
    "snapshots": {**SNAPSHOT, "type": "list", "elements": "dict", "returned": "when I(snapshots) is given"},
}
GOOD = {"id": "1", "size": 1, "metadata": {"free": "form"}}


@pytest.mark.parametrize(
    "result",
    [
        {"changed": True, "invocation": {}, "snapshot": GOOD},
        {"snapshot": None},
        {"snapshot": {**GOOD, "reason": "full"}},
        {"snapshot": {**GOOD, "size": None}},
        {"snapshot": GOOD, "snapshots": [GOOD, None]},
    ],
)
def test_what_return_says(result):
    assert documented.violations(result, RETURN) == []


@pytest.mark.parametrize(
    "result, problem",
    [
        ({}, "'snapshot' is missing in the result"),
        ({"snapshot": GOOD, "more": 1}, "'more' in the result is not documented"),
        ({"snapshot": {**GOOD, "more": 1}}, "'more' in snapshot is not documented"),
        ({"snapshot": {"id": "1", "size": 1}}, "'metadata' is missing in snapshot"),
        ({"snapshot": {**GOOD, "size": "1"}}, "snapshot.size is documented as int"),
        ({"snapshot": {**GOOD, "size": True}}, "snapshot.size is documented as int"),
        ({"snapshot": [GOOD]}, "snapshot is documented as dict"),
        ({"snapshot": GOOD, "snapshots": [GOOD, "x"]}, "snapshots[1] is documented as dict"),
        ({"snapshot": GOOD, "snapshots": [{**GOOD, "more": 1}]}, "'more' in snapshots[0] is not documented"),
    ],
)
def test_what_return_does_not_say(result, problem):
    (found,) = documented.violations(result, RETURN)
    assert problem in found


def test_what_ansible_adds_may_be_documented():
    assert documented.violations({"changed": True}, {"msg": {"type": "str", "returned": "always"}}) == []


def test_the_list_option_has_the_options_of_the_top_level():
    name, metadata = {"type": "str"}, {"type": "dict"}
    options = {
        "name": name,
        "metadata": metadata,
        "snapshots": {"type": "list", "elements": "dict", "suboptions": {"name": name, "metadata": metadata}},
    }
    assert documented.list_option(options) == "snapshots"
    assert (
        documented.list_option(
            {"name": name, "nics": {"type": "list", "elements": "dict", "suboptions": {"port": name}}}
        )
        is None
    )
    assert documented.list_option(None) is None
