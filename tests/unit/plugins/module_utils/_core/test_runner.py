# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import arguments, operation, runner, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import Runner
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener

SECRET = "correct-horse-battery"
AUTH = {"auth_url": "http://cloud/v3", "username": "me", "password": SECRET, "project_name": "new"}


class Keep(Operation):
    """Keeps words on a shelf. A word may be given a way to fail."""

    returns = "word"
    many = "words"
    options = {
        "text": {"type": "str"},
        "size": {"type": "int"},
        "color": {"type": "str", "choices": ["red", "blue"]},
        "id": {"type": "str"},
    }
    task_options = {"strict": {"type": "bool", "default": False}}
    rules = {"required_one_of": [("id", "text")], "mutually_exclusive": [("id", "size")]}

    def __init__(self, shelf=(), fails=None, fails_to_plan=None):
        self.shelf, self.fails, self.fails_to_plan = set(shelf), fails or {}, fails_to_plan or {}
        self.applied, self.connected_with = [], None

    def connect(self, params):
        self.connected_with = params
        return FakeCloud()

    def problem(self, item, params):
        return (
            "size is 0; it takes more"
            if item["size"] == 0
            else "strict words have a size"
            if params["strict"] and item["size"] is None
            else None
        )

    def identity(self, item):
        return (item["text"] or "").strip() or None

    def title(self, item):
        return item["text"]

    def plan(self, context, item):
        if item["text"] in self.fails_to_plan:
            raise self.fails_to_plan[item["text"]]
        there = {"state": "present", "text": item["text"]}
        if item["text"] in self.shelf:
            return Plan(there, there, (), item, {"text": item["text"], "kept_at": "then"}, facts={"moved": False})
        return Plan(
            {"state": "absent"},
            there,
            (Step(CREATE),),
            None,
            {"text": item["text"], "kept_at": None},
            item,
            {"moved": None},
        )

    def apply(self, context, plan):
        text = plan.desired["text"]
        self.applied.append(text)
        if text in self.fails:
            raise self.fails[text]
        self.shelf.add(text)
        return Outcome({"text": text, "kept_at": "now"}, {"moved": True})


def keep(operation, *, check=False, diff=False, **arguments):
    return run(Runner(operation), arguments, check=check, diff=diff)


def words(*texts):
    return [{"text": text} for text in texts]


# -- one


def test_one_item_is_returned_under_the_singular_key():
    ran = keep(Keep(), text="a")
    assert not ran.failed and ran["changed"]
    assert ran["word"] == {"text": "a", "kept_at": "now"} and ran["moved"] is True
    assert not {"words", "outcomes", "diff"} & set(ran.result)


def test_a_second_run_changes_nothing():
    operation = Keep()
    keep(operation, text="a")
    ran = keep(operation, text="a")
    assert not ran["changed"] and ran["word"]["kept_at"] == "then"
    assert operation.applied == ["a"]


def test_check_mode_applies_nothing_and_answers_with_the_same_keys():
    operation = Keep()
    check, real = keep(operation, text="a", check=True, diff=True), keep(Keep(), text="a", diff=True)
    assert operation.applied == []
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"])
    assert set(check.result) == set(real.result) and set(check["word"]) == set(real["word"])
    assert check["word"]["kept_at"] is None


def test_the_diff_comes_only_when_it_is_asked_for():
    assert "diff" not in keep(Keep(), text="a", check=True)
    assert keep(Keep(), text="a", diff=True)["diff"] == {
        "before": {"state": "absent"},
        "after": {"state": "present", "text": "a"},
    }


def test_a_failure_is_a_sentence_with_fields_beside_it():
    ran = keep(
        Keep(
            fails={
                "a": OsnapError("Could not keep 'a'.", status=409, request_id="req-1", service="shelf", resource="a")
            }
        ),
        text="a",
        diff=True,
    )
    assert ran.failed and not ran["changed"]
    assert (ran["msg"], ran["status"], ran["request_id"], ran["service"], ran["resource"]) == (
        "Could not keep 'a'.",
        409,
        "req-1",
        "shelf",
        "a",
    )
    assert "exception" not in ran.result or ran["exception"] in (None, "(traceback unavailable)")
    assert ran["diff"]["after"]["state"] == "present"


@pytest.mark.parametrize("writes, changed", [(0, False), (1, True)])
def test_a_failure_says_changed_only_if_something_was_written_before_it(writes, changed):
    class Writing(Keep):
        def apply(self, context, plan):
            context.map(lambda _part: written.add(writes), ["a", "b"])  # in other threads, as a prune's deletions are
            raise OsnapError("No.", status=400)

    ran = keep(Writing(), text="a")
    assert ran.failed and ran["changed"] is changed


def test_a_plan_that_fails_changes_nothing():
    ran = keep(Keep(fails_to_plan={"a": OsnapError("No.")}), text="a")
    assert ran.failed and not ran["changed"]


def test_a_cloud_that_cant_be_reached_is_a_sentence():
    class Unreachable(Keep):
        def connect(self, params):
            raise OsnapError("Could not log in.", stops_work=True)

    ran = keep(Unreachable(), words=words("a", "b"))
    assert ran.failed and not ran["changed"] and ran["msg"] == "Could not log in." and ran["words"] == [None, None]
    assert [(outcome["attempted"], outcome["msg"]) for outcome in ran["outcomes"]] == [
        (False, "Not attempted: Could not log in.")
    ] * 2
    assert keep(Unreachable(), text="a")["msg"] == "Could not log in."


def test_a_failure_of_a_step_for_all_of_them_hides_no_change():
    class Half(Keep):
        def apply_all(self, context, plans):
            super().apply_all(context, plans)
            raise OsnapError("Could not list.", status=503)

    ran = keep(Half(shelf={"a"}), words=words("a", "b"))
    assert ran.failed and ran["changed"] and ran["msg"] == "1 of 2 words failed. words[1]: Could not list."
    assert [outcome["attempted"] for outcome in ran["outcomes"]] == [True, True] and ran["words"][0] == {
        "text": "a",
        "kept_at": "then",
    }


@pytest.mark.parametrize(
    "told, seen_by",
    [
        ("words[2] is the same object as words[0]; name each once.", {"resolved": lambda self, item: item["size"]}),
        (
            "words[2] is the same object as words[0]; name each once.",
            {"target": lambda self, plan: plan.desired["size"]},
        ),
    ],
)
def test_two_that_turn_out_to_be_the_same_are_an_error_before_anything_is_sent(told, seen_by):
    operation = type("Resolving", (Keep,), seen_by)()
    ran = keep(operation, words=[{"text": "a", "size": 1}, {"text": "b", "size": 2}, {"text": "c", "size": 1}])
    assert ran.failed and ran["msg"] == told and operation.applied == []
    assert [outcome["attempted"] for outcome in ran["outcomes"]] == [False] * 3


def test_a_job_that_has_gone_is_told_and_not_a_traceback():
    class Orphan(Keep):
        def plan(self, context, item):
            raise JobGone()

    ran = keep(Orphan(), words=words("a", "b"))
    assert ran.failed and ran["msg"].endswith("Run again to go on from here.")


# -- arguments


def test_what_an_item_leaves_out_is_taken_from_the_top_level():
    seen = []

    class Watched(Keep):
        def plan(self, context, item):
            seen.append(item)
            return super().plan(context, item)

    keep(
        Watched(), size=3, words=[{"text": "a"}, {"text": "b", "size": 4, "color": "blue"}, {"text": "c", "size": None}]
    )
    taken = sorted(
        ((item["text"], item["size"], item["color"], item["id"]) for item in seen), key=str
    )  # items are planned in threads
    assert taken == [("a", 3, None, None), ("b", 4, "blue", None), ("c", 3, None, None)]


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: id, text."),
        ({"text": "a", "size": 0}, "size is 0; it takes more."),
        ({"words": [{"text": "a"}, {"size": 1}]}, "words[1]: one of the following is required: id, text."),
        (
            {"words": [{"text": "a", "size": 0}, {"text": "b"}, {"size": 5}]},
            "words[0]: size is 0; it takes more; words[2]: one of the following is required: id, text.",
        ),
        ({"id": "1", "words": [{"text": "a"}, {"size": 5}]}, "words[1]: parameters are mutually exclusive: id|size."),
        ({"words": words("a"), "strict": True}, "words[0]: strict words have a size."),
    ],
)
def test_bad_items_are_named_before_anything_is_sent(arguments, told):
    operation = Keep()
    ran = keep(operation, **arguments)
    assert ran.failed and ran["msg"] == told
    assert operation.connected_with is None


def test_wrong_types_and_choices_are_errors_too():
    assert "words" in keep(Keep(), words=[{"text": "a", "size": "many"}])["msg"]
    assert "green" in keep(Keep(), text="a", color="green")["msg"]


def test_the_same_twice_is_an_error_before_anything_is_sent():
    operation = Keep()
    ran = keep(operation, words=words("a", "b", " a "))
    assert ran.failed and ran["msg"] == "words[2] is the same object as words[0]; name each once."
    assert operation.connected_with is None


def test_an_empty_list_is_nothing_to_do():
    ran = keep(Keep(), words=[], diff=True)
    assert not ran.failed and not ran["changed"]
    assert ran["words"] == ran["outcomes"] == ran["diff"] == []


# -- many


def test_many_come_back_in_the_order_they_were_given():
    class Slow(Keep):
        def apply(self, context, plan):
            time.sleep(0.03 if plan.desired["text"] == "a" else 0)
            return super().apply(context, plan)

    ran = keep(Slow(shelf=["b"]), words=words("a", "b", "c"), diff=True)
    assert [word["text"] for word in ran["words"]] == ["a", "b", "c"]
    assert [
        (outcome["index"], outcome["changed"], outcome["failed"], outcome["attempted"]) for outcome in ran["outcomes"]
    ] == [(0, True, False, True), (1, False, False, True), (2, True, False, True)]
    assert [outcome["word"] for outcome in ran["outcomes"]] == ran["words"]
    assert [outcome["moved"] for outcome in ran["outcomes"]] == [True, False, True]
    assert [diff["before_header"] for diff in ran["diff"]] == ["words[0] a", "words[1] b", "words[2] c"]
    assert ran["changed"] and "word" not in ran


def test_many_in_check_mode_answer_with_the_same_keys():
    check, real = (
        keep(Keep(shelf=["b"]), words=words("a", "b"), check=True, diff=True),
        keep(Keep(shelf=["b"]), words=words("a", "b"), diff=True),
    )
    assert (check["changed"], check["diff"]) == (real["changed"], real["diff"])
    assert [set(outcome) for outcome in check["outcomes"]] == [set(outcome) for outcome in real["outcomes"]]


def test_one_failure_loses_no_other_result():
    operation = Keep(
        fails={"b": OsnapError("No room for b.", status=409, resource="b")},
        fails_to_plan={"d": OsnapError("What is d?")},
    )
    ran = keep(operation, words=words("a", "b", "c", "d"))
    assert ran.failed and ran["changed"]
    assert ran["msg"] == "2 of 4 words failed. words[1]: No room for b. words[3]: What is d?"
    assert [word and word["kept_at"] for word in ran["words"]] == ["now", None, "now", None]
    assert [outcome["msg"] for outcome in ran["outcomes"]] == [None, "No room for b.", None, "What is d?"]
    assert ran["outcomes"][1]["status"] == 409 and ran["outcomes"][0]["status"] is None
    assert [outcome["changed"] for outcome in ran["outcomes"]] == [True, False, True, False]


def test_a_dooming_failure_stops_new_work():
    texts = [f"w{number}" for number in range(200)]

    class Doomed(Keep):
        def apply(self, context, plan):
            time.sleep(0.01)
            if plan.desired["text"] == "w0":
                raise OsnapError("Over quota.", status=413, stops_work=True)
            return super().apply(context, plan)

    operation = Doomed()
    ran = keep(operation, words=words(*texts))
    skipped = [outcome for outcome in ran["outcomes"] if not outcome["attempted"]]
    assert len(ran["outcomes"]) == 200 and len(skipped) + len(operation.applied) + 1 == 200
    assert all(outcome["failed"] and not outcome["changed"] for outcome in skipped)
    assert {outcome["msg"] for outcome in skipped} == {"Not attempted, because an earlier item failed: Over quota."}
    assert ran["msg"] == f"1 of 200 words failed. words[0]: Over quota. {len(skipped)} were not attempted."


def test_a_long_list_of_failures_is_told_shortly():
    texts = [f"w{number}" for number in range(8)]
    ran = keep(Keep(fails={text: OsnapError(f"No {text}.") for text in texts}), words=words(*texts))
    assert ran["msg"].startswith("8 of 8 words failed. words[0]: No w0.") and ran["msg"].endswith(
        "words[4]: No w4. 3 more are in outcomes."
    )
    assert [outcome["msg"] for outcome in ran["outcomes"]] == [f"No {text}." for text in texts]


@pytest.mark.parametrize("check", [True, False])
def test_a_negative_timeout_is_refused(check):
    operation = Keep()
    ran = keep(operation, check=check, words=words("a"), timeout=-5)
    assert ran.failed and ran["msg"] == "timeout is -5; it takes seconds, 0 or more." and not operation.applied


def test_many_equal_failures_are_told_once():
    texts = [f"w{number}" for number in range(100)]
    fails = {text: OsnapError("No room.") for text in texts} | {"w3": OsnapError("What?")}
    ran = keep(Keep(fails=fails), words=words(*texts))
    assert ran["msg"] == "100 of 100 words failed. words[0] and 98 more: No room. words[3]: What?"
    assert all(outcome["msg"] for outcome in ran["outcomes"])


# -- threads


def context():
    return Context(FakeCloud(), {"wait": True, "timeout": 5}, Listener())


def test_work_is_shared_by_a_bounded_number_of_threads():
    running, most, lock = set(), [0], threading.Lock()

    def work(item):
        with lock:
            running.add(item)
            most[0] = max(most[0], len(running))
        time.sleep(0.002)
        with lock:
            running.discard(item)
        return item * 2

    assert context().map(work, list(range(40))) == [number * 2 for number in range(40)]
    assert 1 < most[0] <= operation.MAX_THREADS
    most[0] = 0
    context().map(work, list(range(10)), threads=1)
    assert most[0] == 1


def test_a_single_item_needs_no_thread():
    assert context().map(lambda item: threading.current_thread(), [1]) == [threading.main_thread()]


def test_what_was_stopped_stays_stopped():
    one = context()
    doom = OsnapError("Wrong password.", stops_work=True)

    def fail(item):
        raise doom

    assert one.map(fail, [1]) == [doom]
    (later,) = one.map(lambda item: item, [1])
    assert isinstance(later, NotSent) and str(later) == "Not attempted, because an earlier item failed: Wrong password."


def test_a_defect_is_not_taken_for_an_answer():
    with pytest.raises(ZeroDivisionError):
        context().map(lambda item: 1 / item, [1, 0, 2])


# -- secrets


@pytest.mark.parametrize("arguments", [{"auth": AUTH}, {"cloud": {"auth": AUTH}}])
def test_no_password_leaves_the_module(arguments):
    class Talkative(Keep):
        def apply(self, context, plan):
            raise OsnapError(f"The cloud said: {SECRET} is wrong for project new.")

    ran = keep(Talkative(), text="a", **arguments)
    assert SECRET not in ran.output and SECRET not in ran.logged
    assert "wrong for project new" in ran["msg"]  # and nothing else is masked
    assert "http://cloud/v3" in ran.logged


def test_the_password_of_a_second_cloud_does_not_leave_it_either():
    class Two(Keep):
        task_options = {"destination": {"type": "dict", "options": runner.AUTH_OPTIONS}, **Keep.task_options}

    ran = keep(Two(fails={"a": OsnapError(f"{SECRET}?")}), text="a", destination={"auth": AUTH})
    assert SECRET not in ran.output and SECRET not in ran.logged


# -- tasks that only read


def test_a_reader_returns_what_it_read_and_changes_nothing():
    options, rules = {"name": {"type": "str"}, "id": {"type": "str"}}, {"mutually_exclusive": [("id", "name")]}
    reader = Reader(
        options, rules, lambda cloud, params: {"words": [cloud, params["name"]]}, connect=lambda params: "cloud"
    )
    for check in (False, True):
        ran = run(reader, {"name": "a"}, check=check)
        assert ran["changed"] is False and ran["words"] == ["cloud", "a"]
    assert "mutually exclusive" in run(reader, {"name": "a", "id": "1"})["msg"]


def test_warnings_of_what_was_read_are_those_of_the_task(monkeypatch):
    told = []
    monkeypatch.setattr(arguments.Module, "warn", lambda self, text: told.append(text))
    ran = run(Reader({}, {}, lambda cloud, params: {"warnings": ["Look here."]}, connect=lambda params: None), {})
    assert told == ["Look here."] and "Look here." not in ran.output  # which ansible-core would call deprecated


def test_the_clouds_of_a_task_ask_for_its_job():
    session = SimpleNamespace(timeout=None)
    one, other, third = (operation.Cloud("'mine'", None, session) for _number in range(3))
    one.peer = other

    class Gone:
        def check(self):
            raise JobGone

    Context(one, {}, Gone())
    operation.let_ask(third, Gone())
    for cloud in (one, other, third):
        with pytest.raises(JobGone):
            cloud.check()


def test_a_reader_that_fails_tells_why():
    def refuse(params):
        raise OsnapError("Could not log in.", status=401, service="identity")

    ran = run(Reader({}, {}, lambda cloud, params: {}, connect=refuse), {})
    assert ran.failed and (ran["msg"], ran["status"]) == ("Could not log in.", 401)


def test_an_older_python_is_refused_in_a_sentence_before_anything_else(monkeypatch):
    monkeypatch.setattr(arguments, "MINIMUM_PYTHON", (99, 0))
    operation = Keep()
    ran = keep(operation, text="hello", size=1)
    assert ran.failed and ran["msg"].startswith("Python 99.0 or newer is needed, and ")
    assert "ansible_python_interpreter" in ran["msg"]
    assert operation.connected_with is None


@pytest.mark.parametrize(
    "arguments",
    [
        {"auth": AUTH},
        {"cloud": {"auth": AUTH}},
        {"auth": f"auth_url=http://cloud/v3 password={SECRET}"},
        {"auth": {"auth_url": f"http://me:{SECRET}@cloud/v3"}},
        {"key": SECRET},
        {"destination": {"auth": AUTH}},
    ],
)
def test_a_refused_argument_shows_no_secret(arguments):
    """Test what validation itself refuses. Verify that masking has begun before."""
    ran = run(Keep(), {**arguments, "nonsense": True})
    assert ran.failed and "Unsupported parameters" in ran["msg"]
    assert SECRET not in ran.output and SECRET not in ran.logged
