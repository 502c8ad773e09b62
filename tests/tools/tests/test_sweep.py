# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what a sweep spends its budget on: a choice that a seed draws and repeats."""

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
    return SimpleNamespace(**{"budget": 60, "seed": 7, "point": None, "range": None, "variant": "both", **given})


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
