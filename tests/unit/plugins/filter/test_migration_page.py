# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.filter.migration_page import FilterModule
from ansible_collections.osnap.openstack.plugins.plugin_utils._report import texts
from ansible_collections.osnap.openstack.tests.unit.fakes.report import at, disk, problem, report, server, step

page = FilterModule().filters()["migration_page"]


def only(shown):
    (one,) = shown["servers"]
    return one


# -- What is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "servers, state, sentence",
    [
        ([], "complete", "There was no server to move"),
        ([server()], "complete", "web01 was moved and verified"),
        ([server(phase="copied")], "complete", "web01 was not moved and verified yet"),
        ([server(phase="copied")], "copied", "web01 was copied"),
        ([server(phase="copying", failed=True)], "complete", "web01 has failed"),
        ([server(1), server(2, failed=True)], None, "1 of 2 servers was moved and verified, 1 has failed"),
        (
            [server(1, phase="rolled_back"), server(2, phase="rolled_back")],
            "rolled_back",
            "2 of 2 servers were rolled back",
        ),
        (
            [server(1, failed=True), server(2, failed=True)],
            None,
            "0 of 2 servers were moved and verified, 2 have failed",
        ),
    ],
)
def test_the_headline_says_how_many_have_reached_what_the_run_was_for(servers, state, sentence):
    assert page(report(servers, state=state))["headline"] == sentence


def test_the_figures_name_the_longest_downtime_and_whose_it_was():
    longer = server(2, off={"from": at(0), "to": at(300), "seconds": 300}, disks=[disk(0), disk(1, verified=False)])
    figures = {one["name"]: (one["value"], one["note"]) for one in page(report([server(1), longer]))["figures"]}
    assert figures == {
        "From first to last step": ("10 min 00 s", ""),
        "Disks": ("3", "2 verified by hash"),
        "Bytes of all disks": ("6.0 GiB", ""),
        "Longest off": ("5 min 00 s", "web02"),
    }


def test_a_sentence_that_concerns_many_stands_once():
    shown = page(report([server(1), server(2), server(3, left=["Start it."])]))
    assert [(one["sentence"], [of["name"] for of in one["servers"]]) for one in shown["left"]] == [
        ("Finalize the run.", ["web01", "web02"]),
        ("Start it.", ["web03"]),
    ]


def test_servers_that_have_failed_of_the_same_stand_together():
    shown = page(report([server(1, failed=True, msg="No room."), server(2), server(3, failed=True, msg="No room.")]))
    assert [(one["sentence"], [of["name"] for of in one["servers"]]) for one in shown["failures"]] == [
        ("No room.", ["web01", "web03"])
    ]


def test_problems_are_told_by_code_the_worst_first():
    lost = problem("user_data", "loses", sentence="User data stays behind.")
    shown = page(report([server(1, problems=[lost, problem()]), server(2, problems=[problem()])]))
    assert [(one["severity"], one["code"]) for one in shown["problems"]] == [
        ("blocks", "image_quota"),
        ("loses", "user_data"),
    ]
    (entry,) = shown["problems"][0]["entries"]
    assert [of["name"] for of in entry["of"]] == ["web01", "web02"]


def test_the_day_is_said_once_if_it_is_one():
    assert page(report([]))["period"] == "28 Nov 2026, 22:00:00 – 22:10:00 UTC"
    assert page(report([], ended=at(7260)))["period"] == "28 Nov 2026, 22:00:00 – 29 Nov 2026, 00:01:00 UTC"
    assert page(report([], ended=None))["period"] == "28 Nov 2026, 22:00:00 UTC"
    assert page(report([], began="soon", ended=None))["period"] == ""


@pytest.mark.parametrize(
    "seconds, said",
    [
        (None, ""),
        (0, "0 s"),
        (0.4, "0.4 s"),
        (59.6, "1 min 00 s"),
        (252, "4 min 12 s"),
        (7500, "2 h 05 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds, said):
    assert texts.duration(seconds) == said


@pytest.mark.parametrize(
    "amount, said",
    [(None, ""), (0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (2**40, "1.0 TiB"), (300 * 2**30, "300 GiB")],
)
def test_a_size_is_said_in_a_unit_that_fits(amount, said):
    assert texts.size(amount) == said


# -- What is drawn ---------------------------------------------------------------------------------------------------


def test_a_server_is_drawn_where_it_was_off_and_what_was_done_meanwhile():
    row = only(page(report([server()])))["row"]
    assert (row["off"]["x"], row["off"]["width"]) == (1.667, 33.333)
    assert row["forecast_x"] == 41.667
    assert [(one["kind"], one["x"], one["width"]) for one in row["bars"]] == [
        ("stop", 0.0, 1.667),
        ("snapshot", 1.667, 3.333),
        ("copy", 5.0, 20.0),
        ("boot", 25.0, 10.0),
    ]
    assert row["bars"][2]["says"] == "copy of disk 0: 22:00:30 to 22:02:30, 2 min 00 s"


def test_disks_that_are_copied_side_by_side_have_a_lane_each():
    steps = [step("stop", 0, 10), step("copy", 10, 100, 0), step("copy", 10, 200, 1), step("copy", 10, 300, 10)]
    row = only(page(report([server(timeline=steps)])))["row"]
    stop, *copies = row["bars"]
    tops = [one["y"] for one in copies]
    assert tops == sorted(tops) and len(set(tops)) == 3
    assert stop["height"] == tops[-1] + copies[-1]["height"] - tops[0]
    assert row["height"] > stop["height"]


def test_a_server_that_is_still_off_is_drawn_so_to_the_end():
    shown = only(page(report([server(off={"from": at(300), "to": None, "seconds": None})])))
    assert (shown["row"]["off"]["x"], shown["row"]["off"]["width"]) == (50.0, 50.0)
    assert shown["gauge"]["still"] and shown["gauge"]["off"] == ""


def test_how_long_one_was_off_is_counted_where_it_is_not_given():
    shown = only(page(report([server(off={"from": at(30), "to": at(90)})])))
    assert shown["gauge"]["off"] == "1 min 00 s"


def test_a_step_of_which_no_end_is_known_is_drawn_open():
    (copy,) = only(page(report([server(timeline=[step("copy", 300, None, 0)])])))["row"]["bars"]
    assert (copy["open"], copy["x"], copy["width"]) == (True, 50.0, 50.0)
    assert copy["says"] == "copy of disk 0: begun at 22:05:00, not ended"


def test_one_that_was_off_long_before_does_not_stretch_the_drawing():
    shown = page(report([server(1, off={"from": "2026-11-01T00:00:00Z", "to": at(60), "seconds": None})]))
    assert (only(shown)["row"]["off"]["x"], only(shown)["row"]["off"]["width"]) == (0.0, 10.0)


def test_downtime_is_compared_with_the_forecast():
    late = server(2, off={"from": at(0), "to": at(480), "seconds": 480})
    first, second = (one["gauge"] for one in page(report([server(1), late]))["servers"])
    assert (first["late"], first["off_width"], first["forecast_x"]) == (False, 41.67, 50.0)
    assert (second["late"], second["off"], second["forecast"]) == (True, "8 min 00 s", "4 min 00 s")


def test_it_is_counted_how_many_are_off_at_the_same_time():
    shown = page(report([server(1, 0), server(2, 100), server(3, 390)]))["together"]
    assert shown["most"] == 2
    assert [(one["x"], one["count"], one["height"]) for one in shown["steps"]] == [
        (1.667, 1, 50.0),
        (18.333, 2, 100.0),
        (35.0, 1, 50.0),
        (66.667, 1, 50.0),
    ]


def test_the_rows_are_in_the_order_in_which_they_began():
    never = server(9, off=None, timeline=[])
    shown = page(report([never, server(2, 300), server(1, 0)]))
    assert [row["name"] for row in shown["rows"]] == ["web01", "web02", "web09"]
    assert [one["name"] for one in shown["servers"]] == ["web09", "web02", "web01"]


@pytest.mark.parametrize("seconds", [0, 1, 7, 59, 600, 5400, 36000, 86400, 10 * 86400, 400 * 86400])
def test_the_axis_has_a_handful_of_marks_at_round_times(seconds):
    marks = page(report([], ended=at(seconds)))["axis"]
    assert 1 <= len(marks) <= 17
    assert all(0 <= mark["x"] <= 100 for mark in marks)


# -- The way of a disk -----------------------------------------------------------------------------------------------


def stations(**values):
    (way,) = only(page(report([server(disks=[disk(**values)])])))["ways"]
    return [(one["where"], one["label"], one["there"]) for one in way["stations"]], way


def test_a_volume_goes_by_snapshot_image_and_copy_and_becomes_a_volume():
    passed, way = stations()
    assert passed == [
        ("source", "volume", True),
        ("source", "snapshot", True),
        ("source", "image", True),
        ("destination", "copy", True),
        ("destination", "volume", True),
        ("destination", "server", True),
    ]
    assert [one["x"] for one in way["stations"]] == [8.0, 23.0, 38.0, 62.0, 77.0, 92.0]
    assert way["link"]["label"] == "2.0 GiB in 1 min 00 s" and way["link"]["done"]
    assert [one["verified"] for one in way["stations"]] == [False, False, False, True, False, False]
    assert {"name": "Rate", "value": "34.1 MiB/s"} in way["facts"]
    assert {"name": "sha512", "value": "0f" * 64} in way["facts"]


def test_a_root_disk_of_novas_own_becomes_an_image_at_once():
    passed, dummy = stations(kind="image", image_id=None, volume_id=None)
    assert [label for dummy, label, dummy2 in passed] == ["disk", "snapshot", "copy", "server"]


def test_what_was_not_made_is_drawn_open():
    passed, way = stations(copy_id=None, volume_id=None, verified=None, hash_value=None)
    assert [label for dummy, label, there in passed if not there] == ["copy", "volume"]
    assert not way["link"]["done"]


def test_the_larger_a_disk_the_thicker_its_line():
    disks = [disk(0, size=2**30), disk(1, size=4 * 2**30), disk(2, size=None, gib=None)]
    small, large, unknown = (way["link"]["width"] for way in only(page(report([server(disks=disks)])))["ways"])
    assert unknown < small < large


# -- Whatever is missing ---------------------------------------------------------------------------------------------


def test_a_report_of_nothing_is_a_page():
    assert page({})["servers"] == [] and page({"servers": None})["axis"] == []
    assert page({"servers": [None, {}]})["servers"][0]["name"] == "server 1"


def _paths(node, path=()):
    yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from _paths(value, (*path, key))


FULL = report([server(1, problems=[problem()], notices=[problem("other", "loses")]), server(2, 100)])
PATHS = [path for path in _paths(FULL) if path]


@given(st.sets(st.sampled_from(PATHS), max_size=40))
def test_any_value_may_be_null(paths):
    def without(node, path=()):
        if path in paths:
            return None
        if isinstance(node, dict):
            return {key: without(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [without(value, (*path, number)) for number, value in enumerate(node)]
        return node

    page(without(FULL))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_any_key_may_be_missing(path):
    def without(node, at_path=()):
        if isinstance(node, dict):
            items = ((key, value) for key, value in node.items() if (*at_path, key) != path)
            return {key: without(value, (*at_path, key)) for key, value in items}
        if isinstance(node, list):
            return [without(value, (*at_path, number)) for number, value in enumerate(node)]
        return node

    page(without(FULL))


@given(st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=10)))
def test_a_number_that_is_none_is_left_out(value):
    page(report([server(forecast_seconds=value, off={"from": at(1), "to": at(2), "seconds": value})]))
    page(report([server(disks=[disk(size=value, gib=value, seconds=value)])]))
