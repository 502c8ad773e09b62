# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a field is declared as, what value is kept of it, and what differs."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import (
    as_text,
    changes,
    create_only,
    mutable,
    normal,
)
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._core.snapshot_fields import (
    FIELDS,
    LABEL,
    there,
    wanted,
)


@pytest.mark.parametrize(
    "asked, purge, update",
    [
        ({"a": "1"}, None, None),
        ({"a": "2"}, None, {"a": "2"}),
        ({"b": "2"}, None, {"a": "1", "b": "2"}),
        ({}, None, None),
        ({"b": "2"}, False, {"a": "1", "b": "2"}),
        ({"a": "1"}, True, None),
        ({"b": "2"}, True, {"b": "2"}),
        ({}, True, {}),
    ],
)
def test_a_dictionary_is_merged_unless_it_is_purged(asked, purge, update):
    found = changes(FIELDS, wanted(metadata=asked, purge_metadata=purge), there(), label=LABEL)
    assert found == ({} if update is None else {"metadata": update})


def test_a_dictionary_is_merged_into_none():
    assert changes(FIELDS, wanted(metadata={"a": "1"}), there(metadata=None), label=LABEL) == {"metadata": {"a": "1"}}
    assert changes(FIELDS, wanted(metadata={}), there(metadata=None), label=LABEL) == {}


def test_metadata_becomes_the_text_that_the_service_keeps():
    given = {"count": 3, "on": True, "off": False, "rate": 0.5, 7: "seven", "as is": " x "}
    kept = {"count": "3", "on": "true", "off": "false", "rate": "0.5", "7": "seven", "as is": " x "}
    assert normal(FIELDS[3], given) == as_text(given) == as_text(kept) == kept


def test_white_space_around_text_is_no_difference():
    assert changes(FIELDS, wanted(description="old"), there(description=" old "), label=LABEL) == {}
    assert normal(FIELDS[2], "  new\n") == "new"


def test_no_text_and_empty_text_are_the_same():
    assert changes(FIELDS, wanted(description=""), there(description=None), label=LABEL) == {}
    assert changes(FIELDS, wanted(description=""), there(description="old"), label=LABEL) == {"description": ""}


def test_a_tag_that_is_named_twice_is_one():
    assert normal(FIELDS[4], ["b", "a", "b"]) == ["a", "b"]
    assert normal(FIELDS[4], []) == []


def test_a_list_of_dictionaries_is_left_as_it_is():
    networks = [{"network": "b"}, {"network": "a"}]
    assert normal(create_only("networks", type="list", elements="dict"), networks) == networks


def test_an_option_has_neither_default_nor_requirement():
    for field in FIELDS:
        assert not {"default", "required"} & set(field.argument())
    assert FIELDS[4].argument() == {"type": "list", "elements": "str"}


@pytest.mark.parametrize(
    "asked, purge, update",
    [
        (["b"], False, {"members": ["a", "b"]}),
        (["a"], None, {}),
        ([], False, {}),
        (["b"], None, {"members": ["b"]}),
        (["b"], True, {"members": ["b"]}),
        ([], None, {"members": []}),
        (None, True, {}),
    ],
)
def test_a_list_is_exact_unless_it_is_said_that_it_is_added_to(asked, purge, update):
    fields = (mutable("members", type="list", elements="str", purge="purge_members"),)
    assert (
        changes(fields, {"members": asked, "purge_members": purge}, {"id": "x", "members": ["a"]}, label=LABEL)
        == update
    )
