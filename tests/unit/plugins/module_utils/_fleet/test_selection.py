# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.selection import (
    items_of,
    needs_rows,
    problem,
    select,
)


def row(name, status="ACTIVE", id=None, **metadata):
    return {"id": id or f"id-{name}", "name": name, "status": status, "metadata": metadata}


ROWS = (
    row("web02", tier="web"),
    row("db01", tier="db", prod="true"),
    row("web01", tier="web", prod="true"),
    row("webmail", "SHUTOFF"),
)


def chosen(items, exclude=(), rows=ROWS):
    return [item["server"] for item in select(items_of(items), list(exclude), rows, "source")]


def refusal(items, exclude=(), rows=ROWS):
    with pytest.raises(OsnapError) as caught:
        chosen(items, exclude, rows)
    assert str(caught.value).endswith(".")
    return str(caught.value)


# -- what may be given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("web01, web02", ["web01", "web02"]),
        ("web01\nweb02\r\n\n db01 \n", ["web01", "web02", "db01"]),
        ("a name with spaces", ["a name with spaces"]),
        (" , \n", []),
        ("", []),
        (None, []),
        ([], []),
        (["web01", {"server": "db01", "flavor": "m1.small"}], ["web01", "db01"]),
    ],
)
def test_a_text_or_a_list_gives_items(given, expected):
    assert [item["server"] for item in items_of(given)] == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"server": "web01"}, "Servers are given as a text of names or as a list; this is a dictionary."),
        (7, "Servers are given as a text of names or as a list; this is 7."),
        (["web01", 7], "servers[1] is 7; give the name or ID of a server, or a dictionary."),
        ([None], "servers[0] is None; give the name or ID of a server, or a dictionary."),
        (
            ["web01", 7, 8],
            "servers[1] is 7; give the name or ID of a server, or a dictionary; servers[2] is 8; give the name or ID of"
            " a server, or a dictionary.",
        ),
        ([["web01"]], "servers[0] is ['web01']; give the name or ID of a server, or a dictionary."),
    ],
)
def test_anything_else_is_told(given, said):
    with pytest.raises(OsnapError) as caught:
        items_of(given)
    assert str(caught.value) == said


@pytest.mark.parametrize("item", [{"server": "a", "name": "b"}, {"regex": "a.*"}, {"metadata": {"tier": "db"}}])
def test_an_item_says_in_one_of_three_ways_which_servers_it_means(item):
    assert problem(item) is None


@pytest.mark.parametrize(
    ("item", "clause"),
    [
        ({}, "one of server, regex and metadata is required"),
        ({"server": "a", "regex": "a"}, "server and regex exclude each other"),
        ({"server": " "}, "server is empty; give the name or ID of one"),
        ({"regex": ""}, "regex is empty; give a regular expression that matches the names of the servers"),
        ({"regex": "(", "metadata": None}, "regex is '(', which is no regular expression: "),
        ({"regex": "a{99999999999}"}, "regex is 'a{99999999999}', which is no regular expression: "),
        ({"metadata": {}}, "metadata is empty; give what the servers have"),
        ({"regex": "a.*", "name": "b"}, "name is for one server; leave it out, for more than one may be found"),
        (
            {"regex": "[", "name": "b"},
            "name is for one server; leave it out, for more than one may be found; regex is '[', which is no regular",
        ),
        ({"server": "a", "regex": "["}, "server and regex exclude each other; regex is '[', which is no regular"),
    ],
)
def test_what_is_wrong_with_an_item_is_a_clause(item, clause):
    assert problem(item).startswith(clause)
    if "server" not in item:
        assert refusal([item]).startswith(f"servers[0]: {clause}")


# -- which servers that means


def test_what_is_named_stays_as_it_is_found_or_not():
    items = items_of(["webmail", "id-db01", "gone"])
    assert select(items, [], [], "source") == items
    assert not needs_rows(items, [])


def test_a_pattern_matches_whole_names_and_gives_ids_by_name():
    assert chosen([{"regex": "web[0-9]+"}]) == ["id-web01", "id-web02"]
    assert chosen([{"regex": "web.*"}]) == ["id-web01", "id-web02", "id-webmail"]
    assert needs_rows([{"regex": "web"}], [])


def test_metadata_selects_those_that_have_all_of_it():
    assert chosen([{"metadata": {"tier": "web"}}]) == ["id-web01", "id-web02"]
    assert chosen([{"metadata": {"tier": "web", "prod": True}}]) == ["id-web01"]


def test_options_of_a_pattern_are_those_of_each_that_it_finds():
    found = select([{"regex": "web0.", "flavor": "m1.small", "wave": 2}], [], ROWS, "source")
    assert [(item["server"], item["flavor"], item["wave"], item["regex"]) for item in found] == [
        ("id-web01", "m1.small", 2, None),
        ("id-web02", "m1.small", 2, None),
    ]


def test_metadata_beside_a_pattern_is_no_selection_and_stays_what_the_new_ones_get():
    found = select([{"regex": "db.*", "metadata": {"moved": "yes"}}], [], ROWS, "source")
    assert [item["metadata"] for item in found] == [{"moved": "yes"}]
    assert chosen([{"regex": "web.*", "metadata": {"tier": "db"}}]) == ["id-web01", "id-web02", "id-webmail"]


def test_each_server_is_chosen_once_by_the_item_that_names_it_or_the_first_pattern():
    items = [{"regex": "web.*", "wave": 1}, {"server": "web02", "wave": 9}, {"metadata": {"prod": "true"}, "wave": 2}]
    found = select(items, [], ROWS, "source")
    assert [(item["server"], item["wave"]) for item in found] == [
        ("id-web01", 1),
        ("id-webmail", 1),
        ("web02", 9),
        ("id-db01", 2),
    ]


def test_servers_that_are_being_deleted_are_not_meant_by_a_pattern():
    assert refusal([{"regex": "old"}], rows=[row("old", "SOFT_DELETED"), row("older")])


def test_a_pattern_that_matches_nothing_is_told():
    assert refusal(["web01", {"regex": "wbe.*"}]) == (
        "servers[1]: no server of cloud source has a name that matches 'wbe.*' as a whole; check it, or take it out."
    )
    assert refusal([{"metadata": {"tier": "dbs", "prod": True}}]) == (
        "servers[0]: no server of cloud source has the metadata tier=dbs, prod=true; check it, or take it out."
    )


def test_all_that_is_wrong_with_a_selection_is_told_at_once():
    items = ["web01", "wbe02", {"regex": "wbe.*"}, {"regex": "["}, "db01", "2a6a4b5e-3c0d-4a08-9a55-6c3f0f6b0f43"]
    assert refusal(items, ["nobody", "web01", "none"]) == (
        "servers[2]: no server of cloud source has a name that matches 'wbe.*' as a whole; check it, or take it out;"
        " servers[3]: regex is '[', which is no regular expression: unterminated character set at position 0;"
        " exclude[0]: no server of cloud source is 'nobody'; check the name;"
        " exclude[2]: no server of cloud source is 'none'; check the name;"
        " servers[1]: no server of cloud source is 'wbe02'; check the name."  # an ID may be of one that has arrived
    )


def test_names_are_not_judged_where_nobody_has_read_them():
    items = [{"server": "web01"}, {"server": " "}]
    assert refusal(items, rows=[]) == "servers[1]: server is empty; give the name or ID of one."


# -- what is left out


@pytest.mark.parametrize(
    "exclude", ["web02", "id-web02", {"server": "web02"}, {"regex": "w.*2"}, {"metadata": {"tier": "web"}}]
)
def test_what_is_excluded_is_not_chosen_however_it_was_named(exclude):
    for items in (["web02", "db01"], ["id-web02", "id-db01"], [{"regex": ".*2"}, {"server": "db01"}]):
        assert chosen(items, [exclude])[0].endswith("db01")
        assert len(chosen(items, [exclude])) == 1


def test_what_is_not_there_any_more_stays_in_the_list_beside_an_exclude():
    assert chosen(["gone", "web01"], ["web01"]) == ["gone"]


def test_a_pattern_may_exclude_nothing():
    assert chosen(["web01"], [{"regex": "never-.*"}]) == ["web01"]


def test_an_excluded_name_that_nobody_has_is_told_for_it_may_be_mistyped():
    assert refusal(["web01"], ["wbe02"]) == "exclude[0]: no server of cloud source is 'wbe02'; check the name."


def test_what_is_wrong_with_an_exclude_is_told():
    assert refusal(["web01"], [{}]) == "exclude[0]: one of server, regex and metadata is required."
    assert refusal(["web01"], [7]) == "exclude[0] is 7; give the name or ID of a server, or a dictionary."


def test_an_exclude_that_leaves_nothing_is_told():
    expected = "What is to be excluded leaves no server; nothing is left to be done."
    assert refusal(["web01"], [{"regex": ".*"}]) == expected
    assert refusal([{"regex": "web.*"}], [{"regex": "web.*"}]) == expected


# -- any name

hostile = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", " ", "{{ x }}", ".*", "a,b", "a\nb", "x'); DROP", "é" * 5, "00000000-0000-0000-0000-000000000000"]
)
fleets = st.lists(hostile, min_size=1, max_size=6, unique=True).map(
    lambda names: [row(name, id=f"id{number}") for number, name in enumerate(names)]
)


@given(fleets)
def test_every_name_is_found_by_its_own_pattern_and_each_server_once(rows):
    items = [{"regex": f"(?:{re.escape(row['name'])})"} for row in rows] + [{"regex": "(?s).*"}]
    assert sorted(chosen(items, rows=rows)) == sorted(row["id"] for row in rows)


@given(fleets, hostile)
def test_any_pattern_is_an_answer_or_a_sentence(rows, pattern):
    try:
        assert set(chosen([{"regex": pattern}], rows=rows)) <= {row["id"] for row in rows}
    except OsnapError as error:
        assert str(error).endswith(".")


@given(hostile)
def test_a_text_never_gives_an_empty_name(text):
    assert all(item["server"].strip() for item in items_of(text))


# -- volumes

NOUNS = ("volume", "snapshot")


def volumes(items, exclude=()):
    rows = [
        row("logs-1", "available", tier="old"),
        row("logs-2", "in-use"),
        row("logs-3", "deleting"),
        row("data", "available"),
    ]
    found = select(items, list(exclude), rows, "source", NOUNS)
    return [item.get("volume") or item["snapshot"] for item in found]


def test_volumes_are_selected_as_servers_are_and_a_snapshot_is_none_of_them():
    assert volumes([{"snapshot": "logs-2"}, {"regex": "logs-.*"}]) == ["logs-2", "id-logs-1", "id-logs-2"]
    assert volumes([{"regex": "logs-.*"}, {"volume": "logs-1"}]) == ["id-logs-2", "logs-1"]
    assert volumes([{"metadata": {"tier": "old"}}, {"volume": "data"}], ["data"]) == ["id-logs-1"]
    assert not needs_rows([{"volume": "a"}, {"snapshot": "b"}], [], NOUNS) and needs_rows([{"regex": "a"}], [], NOUNS)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({}, "one of volume, snapshot, regex and metadata is required"),
        ({"volume": "a", "snapshot": "b"}, "volume and snapshot exclude each other"),
        ({"snapshot": "a", "regex": "b"}, "snapshot and regex exclude each other"),
        ({"snapshot": " "}, "snapshot is empty; give the name or ID of one"),
        ({"regex": "a", "name": "b"}, "name is for one volume; leave it out, for more than one may be found"),
        ({"snapshot": "a", "name": "b"}, None),
    ],
)
def test_what_is_wrong_with_an_item_of_a_volume_is_told(item, expected):
    assert problem(item, NOUNS) == expected


def test_sentences_speak_of_volumes():
    with pytest.raises(OsnapError, match="^volumes.0.: no volume of cloud source has a name that matches"):
        volumes([{"regex": "none"}])
    with pytest.raises(OsnapError, match="^exclude.0.: no volume of cloud source is 'none'; check the name"):
        volumes([{"regex": "logs-.*"}], ["none"])
    with pytest.raises(OsnapError, match="^volumes.0.: regex is .+; volumes.1.: no volume of cloud source is 'lgos'"):
        volumes([{"regex": "["}, {"volume": "lgos"}, {"snapshot": "any"}])
    with pytest.raises(OsnapError, match="^exclude.0.: one of volume, regex and metadata is required"):
        volumes([{"regex": "logs-.*"}], [{"snapshot": "a"}])
