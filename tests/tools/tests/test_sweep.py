# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what a sweep spends its budget on: a choice that a seed draws and repeats."""

import argparse
import importlib.util
import sys
from types import SimpleNamespace

import pytest
from build import REPOSITORY

WORKFLOWS = REPOSITORY / "tests" / "workflows"


@pytest.fixture(scope="module")
def sweep():
    """The module; `run` is the name of others, too."""
    path = sys.path.copy()
    specification = importlib.util.spec_from_file_location("osnap_sweep", WORKFLOWS / "run.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    yield module
    sys.path[:] = path


def options(**given):
    return SimpleNamespace(**{"budget": 60, "seed": 7, "point": None, "range": slice(None), "variant": "both", **given})


def points(module):
    kinds = [("GET", "/servers/*", number) for number in (1, 2, 3)] + [("POST", "/servers", 1), ("POST", "/images", 1)]
    return [
        module.Point("target", "nova", method, shape, ordinal, when)
        for method, shape, ordinal in kinds
        for when in ("before", "after")
    ]


def test_the_writing_requests_come_first_and_like_polls_twice(sweep):
    drawn = [point for point, dummy in sweep.Sweep(options(), []).jobs(points(sweep))]
    assert {point.method for point in drawn[:4]} == {"POST"}
    assert len(drawn) == 8 and not [point for point in drawn if point.ordinal == 3]


def test_a_seed_repeats_its_choice_and_another_makes_another(sweep):
    def jobs(seed):
        return sweep.Sweep(options(seed=seed), []).jobs(points(sweep))

    assert jobs(7) == jobs(7)
    assert any(jobs(7) != jobs(seed) for seed in range(5))


def test_a_range_goes_on_where_another_one_ended(sweep):
    def jobs(text):
        return sweep.Sweep(options(range=sweep.part(text)), []).jobs(points(sweep))

    assert jobs(":3") + jobs("3:5") + jobs("5:") == jobs(":")


@pytest.mark.parametrize("text", ["3", "a:b", "-1:", "1:2:3"])
def test_what_is_no_range_is_refused(sweep, text):
    with pytest.raises(argparse.ArgumentTypeError, match="is no range; give A:B"):
        sweep.part(text)


def test_without_a_budget_every_point_is_run_in_both_ways(sweep):
    assert len(sweep.Sweep(options(budget=None), []).jobs(points(sweep))) == 20


def test_no_point_begins_that_would_not_end_within_the_budget(sweep, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(sweep.time, "monotonic", lambda: clock[0])
    taken = []

    def one(lane, number, total, point, variant):
        clock[0] += 14
        taken.append(point)
        swept.results.append((point, variant, "right", 14))

    swept = sweep.Sweep(options(), ["a lane"])
    monkeypatch.setattr(swept, "_one", one)
    swept.run(swept.jobs(points(sweep)))
    assert len(taken) == 4 and clock[0] <= 60
    assert swept.report() == 0


def choice(**given):
    return options(**{"of": "undo", "phase": None, "way": None, "state": None, **given})


@pytest.fixture
def unset(sweep, monkeypatch):
    """What is chosen is set on the lanes; afterwards it is as before."""
    for kind in sweep.KINDS.values():
        for name in kind.choices:
            monkeypatch.setattr(kind, name, getattr(kind, name))


def test_what_is_chosen_is_set_on_its_lane(sweep, unset):
    lane = sweep.chosen(choice(of="volumes", way="share", state="finalized"))
    assert (lane.prefix, lane.way, lane.state) == ("volumesweep", "share", "finalized")


def test_a_seed_draws_what_is_swept_and_all_that_there_is_to_choose_of_it(sweep, unset):
    seen = set()
    for seed in range(1000):
        drawn = choice(seed=seed)
        lane = sweep.chosen(drawn)
        assert all(getattr(drawn, name) in lane.choices[name] for name in lane.choices)
        seen.add((drawn.of, drawn.phase, drawn.way, drawn.state))
    assert (
        len(seen) == 1 + 2 + 4 + 1 + 4 * 4
    )  # rehearsal, two ends, four phases of a rollback, source, four ways × four


def test_what_a_kind_has_not_is_refused(sweep, unset):
    with pytest.raises(ValueError, match="--of source has no --phase moved: none at all"):
        sweep.chosen(choice(of="source", phase="moved"))
    with pytest.raises(ValueError, match="--of volumes has no --way rail: stream, transfer"):
        sweep.chosen(choice(of="volumes", way="rail"))


def test_one_kind_is_swept_by_one_process_at_a_time(sweep, monkeypatch, tmp_path):
    lane = sweep.KINDS["volumes"]
    monkeypatch.setattr(lane, "output", classmethod(lambda cls: tmp_path))
    monkeypatch.setattr(lane, "_lock", None, raising=False)
    lane.be_alone()
    first = lane._lock  # as a process has it that still runs
    with pytest.raises(SystemExit, match="volumesweep is being run here already"):
        lane.be_alone()
    first.close()
    lane.be_alone()
    lane._lock.close()
