# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of the quartet, with a module that keeps it and one that breaks it."""

import copy

import pytest
from osnap_harness.rules import RUNS, Case, Run, at_once, is_write, judge

GET = {"method": "GET", "service": "cinder", "path": "/v3/snapshots/detail?name=a", "status": 200}
LOGIN = {"method": "POST", "service": "keystone", "path": "/v3/auth/tokens", "status": 201}
CREATE = {"method": "POST", "service": "cinder", "path": "/v3/snapshots", "status": 202}
DOCUMENTATION = {
    "return": {
        "snapshot": {
            "type": "dict",
            "returned": "success",
            "contains": {"id": {"type": "str"}, "name": {"type": "str"}},
        }
    }
}


def honest():
    """The runs of a module that creates a snapshot and keeps every rule."""
    created = {"before": {}, "after": {"name": "a"}}
    same = {"before": {"name": "a"}, "after": {"name": "a"}}
    there = {"changed": False, "snapshot": {"id": "1", "name": "a"}, "diff": same}
    return {
        "check": Run({"changed": True, "snapshot": {"id": None, "name": "a"}, "diff": created}, [LOGIN, GET]),
        "real": Run({"changed": True, "snapshot": {"id": "1", "name": "a"}, "diff": created}, [LOGIN, GET, CREATE]),
        "check_again": Run(copy.deepcopy(there), [LOGIN, GET]),
        "real_again": Run(copy.deepcopy(there), [LOGIN, GET]),
    }


def failing(message="Snapshot a: the volume db01 is not there."):
    """The runs of a module that refuses."""
    return {name: Run({"failed": True, "msg": message}, [LOGIN, GET]) for name in ("check", "real")}


def test_an_honest_module_has_no_problems():
    assert judge(Case(changed=True), honest(), DOCUMENTATION, ["secret"]) == []


@pytest.mark.parametrize("name", RUNS)
def test_a_wrong_changed_is_seen_in_every_run(name):
    runs = honest()
    runs[name].result["changed"] = not runs[name].result["changed"]
    (problem,) = judge(Case(changed=True), runs, DOCUMENTATION)
    assert problem.startswith(f"{name}: changed is")


def test_a_change_that_was_not_expected():
    problems = judge(Case(changed=False), honest(), DOCUMENTATION)
    assert "check: changed is True, expected False" in problems
    assert "real: changed is True, expected False" in problems


@pytest.mark.parametrize("name", ["check", "check_again", "real_again"])
def test_a_write_where_none_may_be(name):
    runs = honest()
    runs[name].requests.append(CREATE)
    assert judge(Case(changed=True), runs, DOCUMENTATION) == [
        f"{name}: a write reached the cloud: POST cinder /v3/snapshots → 202"
    ]


def test_a_write_although_nothing_changes():
    there = honest()["check_again"].result
    runs = {"check": Run(there, [GET]), "real": Run(there, [GET, CREATE])}
    assert judge(Case(changed=False), runs, DOCUMENTATION) == [
        "real: a write reached the cloud: POST cinder /v3/snapshots → 202"
    ]
    assert judge(Case(changed=False, writes_allowed=True), runs, DOCUMENTATION) == []


def test_check_foretells_another_value():
    runs = honest()
    runs["check"].result["snapshot"]["name"] = "b"
    assert judge(Case(changed=True), runs, DOCUMENTATION) == [
        'check and real: snapshot.name is "b" in the check run and "a" in the real run'
    ]


def test_check_has_other_keys():
    runs = honest()
    del runs["check"].result["snapshot"]["id"]
    problems = judge(Case(changed=True), runs, DOCUMENTATION)
    assert "check and real: snapshot has the key 'id' in the real run only" in problems


def test_check_shows_another_diff():
    runs = honest()
    runs["check"].result["diff"] = {"before": {}, "after": {"name": "b"}}
    (problem,) = judge(Case(changed=True), runs, DOCUMENTATION)
    assert problem.startswith("the diff of check is")


@pytest.mark.parametrize("diff", [None, {"before": 1, "after": 1}])
def test_a_change_without_a_diff(diff):
    runs = honest()
    runs["check"].result["diff"] = runs["real"].result["diff"] = diff
    assert [problem.split(":")[0] for problem in judge(Case(changed=True), runs, DOCUMENTATION)] == ["check", "real"]


def test_a_diff_without_a_change():
    runs = honest()
    runs["check_again"].result["diff"] = runs["real_again"].result["diff"] = {"before": 1, "after": 2}
    assert len(judge(Case(changed=True), runs, DOCUMENTATION)) == 2


def test_an_undocumented_key():
    runs = honest()
    for run in runs.values():
        run.result["extra"] = 1
    assert len(judge(Case(changed=True), runs, DOCUMENTATION)) == 4


def test_a_module_that_changes_something_each_time():
    first = honest()
    runs = {"check": first["check"], "real": first["real"], "check_again": first["check"], "real_again": first["real"]}
    assert judge(Case(changed=True, idempotent=False), runs, DOCUMENTATION) == []
    assert judge(Case(changed=True), runs, DOCUMENTATION)


def test_a_failure_of_a_run_that_should_succeed():
    runs = honest()
    runs["real"] = Run({"failed": True, "msg": "no"}, [])
    assert judge(Case(changed=True), runs, DOCUMENTATION) == ['real: failed with "no"']


def test_a_secret_in_a_result():
    runs = honest()
    runs["real"].result["invocation"] = {"module_args": {"auth": {"password": "osnap-secret"}}}
    assert judge(Case(changed=True), runs, DOCUMENTATION, ["osnap-secret"]) == [
        "real: a secret is shown at invocation.module_args.auth.password"
    ]


def test_a_deprecation():
    runs = honest()
    runs["real"].result["deprecations"] = [{"msg": "old"}]
    assert judge(Case(changed=True), runs, DOCUMENTATION) == ['real: the deprecation {"msg": "old"}']


def test_an_expected_failure():
    assert judge(Case(fails="db01 is not there"), failing()) == []


def test_a_failure_with_another_message():
    problems = judge(Case(fails="quota"), failing())
    assert [problem.split(":")[0] for problem in problems] == ["check", "real"]


def test_a_failure_that_did_not_come():
    runs = {name: honest()[name] for name in ("check", "real")}
    problems = judge(Case(fails="quota", writes_allowed=True), runs)
    assert [problem.split(" (")[0] for problem in problems] == ["check: succeeded", "real: succeeded"]


def test_a_write_before_a_failure():
    runs = failing()
    runs["real"].requests.append(CREATE)
    assert judge(Case(fails="db01"), runs) == ["real: a write reached the cloud: POST cinder /v3/snapshots → 202"]
    assert judge(Case(fails="db01", writes_allowed=True), runs) == []


def test_a_write_in_check_mode_is_never_allowed():
    runs = failing()
    runs["check"].requests.append(CREATE)
    assert judge(Case(fails="db01", writes_allowed=True), runs)


def test_a_traceback_in_a_failure():
    runs = failing()
    runs["real"].result["module_stderr"] = "Traceback (most recent call last):\n"
    assert judge(Case(fails="db01"), runs) == ["real: a traceback is shown at result.module_stderr"]


def test_a_crash_is_no_failure_as_expected():
    runs = {"real": Run({"failed": True, "exception": "KeyError: 'id'"}, [])}
    assert judge(Case(fails="KeyError"), runs) == ["real: the module crashed"]
    assert judge(Case(changed=True), runs) == ["real: failed with \"KeyError: 'id'\""]


@pytest.mark.parametrize(
    "request_, write",
    [
        (GET, False),
        (LOGIN, False),
        (CREATE, True),
        ({"method": "HEAD", "path": "/"}, False),
        ({"method": "DELETE", "path": "/v3/auth/tokens"}, True),
        ({"method": "PATCH", "path": "/v2/images/1"}, True),
    ],
)
def test_what_a_write_is(request_, write):
    assert is_write(request_) is write


@pytest.mark.parametrize(
    "spans, most", [([], 0), ([(0, 1)], 1), ([(0, 1), (1, 1)], 1), ([(0, 2), (1, 2), (1.5, 0.1), (5, 1)], 3)]
)
def test_how_many_requests_were_in_hand_at_once(spans, most):
    assert at_once([{"time": time, "duration": duration} for time, duration in spans]) == most


def test_rows_that_others_made_between_the_runs_are_no_difference_and_rows_in_both_are_compared():
    rows = [{"reference": "a", "size": 1}, {"reference": "b", "size": 1}]
    same = {"before": {}, "after": {}}

    def runs(check, real):
        return {
            name: Run({"changed": False, "diff": same, "rows": found}, [GET])
            for name, found in (("check", check), ("real", real))
        }

    returned = {"return": {"rows": {"type": "list", "elements": "dict", "returned": "success"}}}
    case = Case(changed=False, runs=("check", "real"), shared={"rows": "reference"})
    assert judge(case, runs(rows[:1], rows), returned) == []
    assert judge(case, runs(rows, rows[1:]), returned) == []
    assert judge(case, runs(rows[:1], [{**rows[0], "size": 2}, rows[1]]), returned)
    assert judge(Case(changed=False, runs=("check", "real")), runs(rows[:1], rows), returned)
