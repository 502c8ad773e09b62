# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem, text_problem


@pytest.mark.parametrize(
    "text", [None, "", "nightly", "  nightly  ", "x" * 255, " " * 300, "é ü 漢字", "one line\n", "\ttabbed around"]
)
def test_text_that_cinder_takes(text):
    assert text_problem("name", text) is None


@pytest.mark.parametrize(
    "text, told",
    [
        ("x" * 256, "name has 256 characters, and 255 is the most that Cinder takes"),
        (
            "two\nlines",
            "name has the character '\\n', which Cinder refuses: no line breaks, control characters or emoji",
        ),
        ("a\u2028b", "name has the character '\\u2028', which Cinder refuses"),
        ("a\x00b", "name has the character '\\x00', which Cinder refuses"),
        ("disk 💾", "name has the character '💾', which Cinder refuses"),
    ],
)
def test_text_that_cinder_refuses(text, told):
    assert text_problem("name", text).startswith(told)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"a-Z_0:9.x y": "v"},
        {"k" * 255: "v" * 255},
        {"number": 5, "on": True, "rate": 0.5},
        {1: "x"},
        {"empty": ""},
    ],
)
def test_metadata_that_cinder_takes(metadata):
    assert metadata_problem("metadata", metadata) is None


@pytest.mark.parametrize(
    "metadata, told",
    [
        ({"": "v"}, "metadata has the key ''; a key is 1 to 255 of the characters"),
        ({"a/b": "v"}, "metadata has the key 'a/b'; a key is"),
        ({"é": "v"}, "metadata has the key 'é'; a key is"),
        ({"k" * 256: "v"}, "metadata has the key"),
        ({"k": "v" * 256}, "metadata has a value of 256 characters under 'k'; 255 is the most"),
        ({"k": 10**255}, "metadata has a value of 256 characters under 'k'"),
        ({"k": None}, "metadata has None under 'k'; a value is text, a number or a boolean"),
        ({"k": ["v"]}, "metadata has ['v'] under 'k'"),
    ],
)
def test_metadata_that_cinder_refuses(metadata, told):
    assert metadata_problem("metadata", metadata).startswith(told)


text = st.text("a/é 💾\n", max_size=3)
values = st.none() | st.booleans() | st.integers() | st.just(0.5) | text | st.lists(st.none(), max_size=1)


@given(st.dictionaries(text | st.integers(), values, max_size=3))
def test_whatever_is_given_as_metadata_is_answered_with_a_sentence_or_none(metadata):
    problem = metadata_problem("metadata", metadata)
    assert problem is None or (problem.startswith("metadata has") and "\n" not in problem)


def test_marks_that_the_collection_keeps_for_itself_are_refused():
    told = "metadata has osnap_source, osnap_unsettled, which this collection keeps for itself; leave it out"
    assert metadata_problem("metadata", {"osnap_unsettled": 1, "a": "b", "osnap_source": "x"}) == told
    assert metadata_problem("metadata", {"series": "nightly", "osnap_hold": "true", "osnap_run": "r"}) is None
