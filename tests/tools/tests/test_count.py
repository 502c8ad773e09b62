# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test how test.py counts, and that nothing which broke counts as passed."""

import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import setup

# `import test` would find the standard library's.
specification = importlib.util.spec_from_file_location("osnap_test", Path(__file__).resolve().parents[1] / "test.py")
runner = importlib.util.module_from_spec(specification)
sys.modules["osnap_test"] = runner
specification.loader.exec_module(runner)
sys.path.append(str(Path(__file__).resolve().parents[2] / "testcloud"))
from osnap_testcloud import used  # noqa: E402


def suite(counted):
    return runner.Suite("x", ["false"], counted=counted)


@pytest.mark.parametrize(
    "status, output, expected",
    [
        (0, "12 passed, 0 failed\n", (12, 0)),
        (1, "noise\n3 passed, 2 failed\n\n", (3, 2)),
        (0, "74 passed in 3.1s\n", (74, 0)),
        (1, "2 failed, 72 passed, 1 skipped, 3 errors in 3.1s\n", (72, 5)),
        (1, "1 error in 0.1s\n", (0, 1)),
        (1, "12 passed, 0 failed\n", (12, 1)),  # it says all is well and exits otherwise
        (0, "0 passed, 0 failed\n", (0, 1)),  # nothing was tested
        (0, "", (0, 1)),
        (2, "Traceback (most recent call last):\nValueError: 3\n", (0, 1)),
        (-9, "5 passed, 0 failed\nkilled\n", (0, 1)),
    ],
)
def test_count(status, output, expected):
    assert runner.count(suite(runner.last_line), status, output) == expected


def test_a_step_counts_as_one():
    assert runner.count(suite(runner.as_one), 0, "") == (1, 0)
    assert runner.count(suite(runner.as_one), 1, "9 passed, 0 failed") == (0, 1)


def test_molecule_counts_actions():
    recap = """
        default  : actions=1  successful=1  disabled=0  skipped=0  missing=0  failed=0
        migrate  : actions=6  successful=4  disabled=0  skipped=0  missing=1  failed=1
        """
    assert runner.count(suite(runner.molecule_recap), 1, recap) == (5, 2)
    assert runner.count(suite(runner.molecule_recap), 1, "CRITICAL no scenario") == (0, 1)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "OUTPUT", tmp_path)
    monkeypatch.setattr(runner, "REPOSITORY", tmp_path)
    return runner.Run()


def a_suite(tmp_path, name, code):
    return runner.Suite(name, [sys.executable, "-c", code], tmp_path)


def test_a_run_adds_up(run, tmp_path, capsys):
    good = a_suite(tmp_path, "good", "print('3 passed, 0 failed')")
    bad = a_suite(tmp_path, "bad", "print('why it failed'); print('1 passed, 1 failed'); raise SystemExit(1)")
    run.queue([good, bad], 2)
    assert (run.passed, run.failed) == (4, 1)
    run.show_broken()
    assert "why it failed" in capsys.readouterr().out


def test_suites_without_their_clouds_fail(run, tmp_path, monkeypatch):
    monkeypatch.setattr(
        runner,
        "CLOUD_UP",
        runner.Suite("cloud-up", [sys.executable, "-c", "raise SystemExit(1)"], tmp_path, counted=runner.as_one),
    )
    monkeypatch.setattr(
        runner, "CLOUD_DOWN", runner.Suite("cloud-down", [sys.executable, "-c", ""], tmp_path, counted=runner.as_one)
    )
    run.queue([replace(a_suite(tmp_path, name, ""), needs_cloud=True) for name in ("first", "second")], 2)
    assert (run.passed, run.failed) == (1, 3)


def test_what_the_clouds_used_is_told_at_their_end(run, tmp_path, monkeypatch, capsys):
    seconds = {("source", "nova"): 257.2, ("source", "cinder"): 316.6, ("target", "cinder"): 92.4}
    code = "print('  0.1 s  ended 3 processes')\n" + "".join(
        f"print('  2.0 s  ' + {line!r})\n" for line in used.told(seconds)
    )
    monkeypatch.setattr(
        runner, "CLOUD_UP", runner.Suite("cloud-up", [sys.executable, "-c", ""], tmp_path, counted=runner.as_one)
    )
    monkeypatch.setattr(
        runner, "CLOUD_DOWN", runner.Suite("cloud-down", [sys.executable, "-c", code], tmp_path, counted=runner.as_one)
    )
    run.queue([replace(a_suite(tmp_path, "first", "print('1 passed, 0 failed')"), needs_cloud=True)], 2)
    assert [line.split("  ", 1)[1].strip() for line in capsys.readouterr().out.splitlines()[-3:]] == [
        "source: 574 s of a processor (cinder 317, nova 257)",
        "target: 92 s of a processor (cinder 92)",
        "all clouds: 666 s of a processor",
    ]


def test_what_outlives_its_suite_is_found(run, tmp_path):
    code = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True); print('1 passed, 0 failed')"
    run.queue([a_suite(tmp_path, "orphan", code)], 2)
    assert [command.strip() for pid, command in runner.marked_processes(run.mark)] == ["sleep 60"]
    run.end_leftovers()
    assert not list(runner.marked_processes(run.mark))


def test_one_that_wants_the_clouds_for_itself_has_them_for_itself():
    alone = runner.Suite("alone", [], needs_cloud=True, alone=True)
    other, without = runner.Suite("other", [], needs_cloud=True), runner.Suite("without", [])
    assert runner.following([alone, other], [], up=True) is alone
    assert runner.following([other, without], [alone], up=True) is without
    assert runner.following([alone, without], [other], up=True) is without
    assert runner.following([alone], [other], up=True) is None
    assert runner.following([other, without], [], up=False) is without


def test_one_in_the_background_has_a_place_beside_the_others():
    one, two = (runner.Suite(name, [], background=True) for name in ("one", "two"))
    ordinary, other = runner.Suite("ordinary", []), runner.Suite("other", [])
    assert runner.free([one, two, ordinary], [], 1) == [one, two, ordinary]
    assert runner.free([two, ordinary], [one], 1) == [ordinary]
    assert runner.free([two, other], [ordinary], 1) == [two]
    assert runner.free([two, other], [one, ordinary], 1) == []


def test_one_in_the_background_is_nice(run, tmp_path):
    suite = replace(a_suite(tmp_path, "look", "import os; print(os.nice(0))"), background=True)
    run.run(suite)
    assert int(suite.log.read_text()) == os.nice(0) + int(runner.NICE[-1])


def test_what_sums_up_a_group_waits_for_its_last():
    part, end = runner.Suite("part", [], group="parts"), runner.Suite("end", [], after="parts")
    assert runner.following([end, part], [], up=True) is part
    assert runner.following([end], [part], up=True) is None
    assert runner.following([end], [], up=True) is end


def test_the_longest_is_taken_first(run, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "costs", lambda: {"short": 1, "long": 9, "middle": 5})
    taken = []
    monkeypatch.setattr(run, "run", lambda suite: taken.append(suite.name))
    run.queue([a_suite(tmp_path, name, "") for name in ("short", "long", "middle")], 1)
    assert taken == ["long", "middle", "short"]


def test_within_a_budget_what_would_not_end_in_time_is_left_out_and_named(run, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "costs", lambda: {"short": 1, "long": 90, "middle": 5})
    taken = []
    monkeypatch.setattr(run, "run", lambda suite: taken.append(suite.name))
    run.queue([a_suite(tmp_path, name, "") for name in ("short", "long", "middle")], 1, budget=60)
    assert taken == ["short", "middle"]  # as they come: the first is the nearest
    assert [suite.name for suite in run.left_out] == ["long"]


def test_what_waits_for_clouds_that_do_not_come_is_left_out_too(run, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "costs", lambda: {"cloud-up": 99, "first": 1})
    monkeypatch.setattr(run, "run", lambda suite: True)
    run.queue([replace(a_suite(tmp_path, "first", ""), needs_cloud=True)], 1, budget=60)
    assert [suite.name for suite in run.left_out] == ["cloud-up", "first"]


def test_the_sweeps_share_a_budget():
    suites = [replace(runner.Suite(name, ["run"]), sweep=name != "other") for name in ("one", "two", "other")]
    commands = [suite.command for suite in runner.budgeted(suites, 300, 7)]
    assert commands == [["run", "--budget", "150", "--seed", "7"]] * 2 + [["run"]]


def test_a_seed_draws_the_order_of_what_is_in_reach():
    suites = runner.every_suite()

    def names(seed):
        return [suite.name for suite in runner.changed_suites(suites, {"plugins/modules/volume_snapshot.py"}, seed)]

    assert names(1) == names(1) and names(1) != names(2) and set(names(1)) == set(names(2))
    assert names(1)[:3] == ["house", "units-2.21", "integration-2.21-volume_snapshot"]
    assert "molecule" not in names(1)
    assert "molecule" in [suite.name for suite in runner.changed_suites(suites, {"roles/x/tasks/main.yml"}, 1)]


def test_what_a_suite_needs_is_an_environment_that_may_be_left_out():
    needed = {suite.needs for suite in runner.every_suite() if suite.needs}
    assert needed == {name for name, environment in setup.ENVIRONMENTS.items() if environment.optional}


def test_each_suite_that_a_change_is_said_to_be_seen_by_is_there():
    assert set(runner.BESIDE) <= {suite.name for suite in runner.every_suite()}
    for beginnings in runner.BESIDE.values():
        for beginning in beginnings:
            assert list(runner.REPOSITORY.glob(beginning + "*")), beginning


def test_of_the_sweeps_and_of_what_is_run_again_on_an_older_ansible_core_the_seed_draws_some():
    suites = runner.every_suite()
    chosen, left = runner.drawn(suites, 7)
    assert (chosen, left) == runner.drawn(suites, 7) and set(chosen) | set(left) == set(suites)
    assert all("integration-2.16" in suite.name or suite.sweep for suite in left)
    assert set(runner.ALWAYS_SWEPT) < {suite.name for suite in chosen if suite.sweep}
    tests = [suite for suite in suites if suite.name.endswith("-tests")]
    assert len(tests) == len(runner.ONE_OF_EACH_KIND) and len(set(tests) & set(chosen)) == 1
    seen = {suite for seed in range(60) for suite in runner.drawn(suites, seed)[0]}
    assert seen == set(suites)
