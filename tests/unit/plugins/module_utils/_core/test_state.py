# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test the state module over a service that keeps its objects in memory and takes a poll for each step of their
lives.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import twins, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core import written as writes
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import create_only, identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_READY, DELETE, Statuses, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener

BOX = "0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c11"


@pytest.fixture(autouse=True)
def impatient(monkeypatch, impatient):
    pauses_are(monkeypatch, lambda seconds: None)


def pauses_are(monkeypatch, sleep):
    """Calls ``sleep`` wherever the seconds of a creation are waited out; no time passes."""
    for place in (twins, waiter):
        monkeypatch.setattr(place, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: 0.0))


class Store:
    """A cloud of boxes that things are in."""

    name = "test"

    def __init__(self):
        self.boxes = {"box": [{"id": BOX, "name": "box"}]}
        self.things, self.log, self.numbers = {}, [], itertools.count(1)
        self.fail = {}  # verb -> function of what it is called with, that may raise

    def put(self, name="thing", status="available", **values):
        id = f"t{next(self.numbers)}"
        self.things[id] = {
            "id": id,
            "name": name,
            "box_id": BOX,
            "status": status,
            "note": None,
            "labels": {},
            "size": 1,
            "created_at": f"2026-11-24T09:00:0{len(self.things)}",
            **values,
        }
        return self.things[id]

    def did(self, verb, value):
        self.log.append((verb, value))
        self.fail.get(verb, lambda value: None)(value)


class Boxes:
    noun = "crate"

    def __init__(self, cloud):
        self.cloud = cloud

    def named(self, names):
        return {name: self.cloud.boxes.get(name, []) for name in names}


class Things:
    resource = noun = "thing"
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error"}),
        refused=frozenset({"available"}),
    )
    allows_twins = False
    saves_twice = False
    others = frozenset()
    NEXT = {"creating": "available", "deleting": None}

    def __init__(self, cloud):
        self.cloud = cloud

    @staticmethod
    def keys():
        return ("id", "name", "box_id", "status", "note", "labels", "size", "created_at")

    def label(self, row):
        return f"'{row['name']}' ({row['id']})"

    def remedy(self, row):
        return None

    def dependents(self, row):
        return []

    def reason(self, row):
        return "it fell"

    @staticmethod
    def matches(row, one):
        if one.get("id"):
            return row["id"] == one["id"]
        return all(one.get(key) in (None, row[key]) for key in ("name", "box_id"))

    def find(self, wanted):
        self.cloud.did("find", len(wanted))
        return [[dict(row) for row in self.cloud.things.values() if self.matches(row, one)] for one in wanted]

    def is_busy(self, row):
        return False

    def poll(self, ids):
        self.cloud.did("poll", ids)
        for id in ids:
            row = self.cloud.things.get(id)
            if row and row["status"] in self.NEXT:
                row["status"] = self.NEXT[row["status"]]
                if not row["status"]:
                    del self.cloud.things[id]
        return {id: dict(self.cloud.things[id]) for id in ids if id in self.cloud.things}

    def again(self, rows):
        ids = [row["id"] for row in rows]
        self.cloud.did("again", ids)
        return {id: dict(self.cloud.things[id]) for id in ids if id in self.cloud.things}

    touched = Service.touched

    def create(self, values):
        self.cloud.did("create", values["name"])
        writes.add()
        return dict(
            self.cloud.put(
                status="creating",
                **{key: values[key] for key in ("name", "box_id", "note", "labels", "size") if key in values},
            )
        )

    def update(self, row, values):
        self.cloud.did("update", row["id"])
        self.cloud.things[row["id"]].update(values)
        return dict(self.cloud.things[row["id"]])

    def withdraw(self, row):
        self.delete(row)

    def delete(self, row):
        self.cloud.did("delete", row["id"])
        if row["id"] in self.cloud.things:
            writes.add()
            self.cloud.things[row["id"]]["status"] = "deleting"


class Thing(StateModule):
    service = Things
    many = "things"
    fields = (
        identity("name", renamable=True),
        identity("box", refers_to="box"),
        mutable("note"),
        mutable("labels", type="dict", purge="purge_labels"),
        create_only("size", type="int"),
    )
    references = {"box": Boxes}
    extra_options = {"purge_labels": {"type": "bool"}}
    rules = {"required_one_of": [("id", "name")]}

    def __init__(self, cloud):
        super().__init__()
        self.cloud = cloud

    def connect(self, params):
        return self.cloud


@pytest.fixture
def store():
    return Store()


def ensure(store, *, check=False, module=Thing, **arguments):
    return run(module(store), arguments, check=check, diff=True)


def written(store):
    return [entry for entry in store.log if entry[0] in ("create", "update", "delete")]


# -- one


def test_check_then_real_then_check_then_real(store):
    asked = {"name": " thing ", "box": "box", "note": "new", "labels": {"on": True}}
    first_check = ensure(store, check=True, **asked)
    assert not written(store)
    first = ensure(store, **asked)
    assert (first_check["changed"], first_check["diff"]) == (first["changed"], first["diff"]) == (True, first["diff"])
    assert set(first_check["thing"]) == set(first["thing"])
    known = {key: value for key, value in first_check["thing"].items() if value is not None}
    assert known == {key: first["thing"][key] for key in known}
    assert first["thing"]["status"] == "available" and first["thing"]["labels"] == {"on": "true"}
    done = list(written(store))
    for check in (True, False):
        again = ensure(store, check=check, **asked)
        assert not again["changed"] and again["thing"] == first["thing"]
    assert written(store) == done == [("create", "thing")]


def test_the_answer_is_what_is_there_after_the_wait(store):
    assert ensure(store, name="a", box=BOX)["thing"]["status"] == "available"
    assert ensure(store, name="b", box=BOX, wait=False)["thing"]["status"] == "creating"


def test_one_that_is_being_made_is_waited_for_and_no_change(store):
    store.put(status="creating")
    ran = ensure(store, name="thing", box=BOX)
    assert not ran["changed"] and ran["thing"]["status"] == "available"


@pytest.mark.parametrize("status", ["creating", "deleting"])
def test_who_has_only_waited_before_it_failed_has_changed_nothing(store, monkeypatch, status):
    monkeypatch.setattr(Things, "NEXT", {"creating": "error", "deleting": "error"})
    store.put(status=status)
    ran = ensure(store, name="thing", box=BOX, note="new")
    assert ran.failed and not written(store) and not ran["changed"]


def test_one_that_is_leaving_is_waited_out_and_made_anew_even_without_wait(store):
    old = store.put(status="deleting")
    ran = ensure(store, name="thing", box=BOX, wait=False)
    assert ran["changed"] and ran["thing"]["id"] != old["id"]
    assert old["id"] not in store.things


def test_a_failed_one_is_told_with_its_reason_or_replaced(store):
    old = store.put(status="error")
    ran = ensure(store, name="thing", box=BOX)
    assert (
        ran.failed
        and "is in status error: it fell; set on_error: replace" in ran["msg"]
        and ran["resource"] == old["id"]
    )
    assert not written(store)
    ran = ensure(store, name="thing", box=BOX, on_error="replace")
    assert ran["changed"] and list(store.things) == [ran["thing"]["id"]]


@pytest.mark.parametrize("status", ["error", "deleting"])
def test_one_given_by_its_id_alone_is_made_anew_as_what_it_was(store, status):
    old = dict(store.put(name="known", status=status))
    ran = ensure(store, id=old["id"], on_error="replace")
    assert ran["changed"] and ran["thing"]["id"] != old["id"]
    assert (ran["thing"]["name"], ran["thing"]["box_id"]) == ("known", BOX)


def test_one_whose_name_is_not_known_is_not_deleted_to_be_made_anew(store):
    old = store.put(name=None, status="error")
    ran = ensure(store, id=old["id"], on_error="replace")
    assert ran.failed and ran["msg"] == "The thing t1 can't be made anew without name; say which."
    assert not written(store)


def test_an_object_given_by_its_id_is_renamed(store):
    there = store.put()
    assert ensure(store, id=there["id"], name="other")["thing"]["name"] == "other"
    assert ensure(store, id=there["id"], name="other")["changed"] is False


@pytest.mark.parametrize("id", ["{}", " {} ", "{}\n"])
def test_white_space_around_an_id_does_not_count(store, id):
    there = store.put()
    assert ensure(store, id=id.format(there["id"]))["thing"]["id"] == there["id"]


@pytest.mark.parametrize("id", ["", "  "])
def test_an_empty_id_is_none(store, id):
    store.put(name="the only one")
    for state in ("present", "absent"):
        assert ensure(store, id=id, state=state)["msg"] == "one of the following is required: id, name."
    assert not store.log
    assert ensure(store, id=id, name="thing", box="box")["thing"]["name"] == "thing"


def test_an_id_that_is_not_there_is_an_error_and_absent_without_one(store):
    ran = ensure(store, id="t9")
    assert ran.failed and ran["msg"].startswith("There is no thing with the ID t9 in cloud test")
    assert ensure(store, id="t9", state="absent")["changed"] is False


def test_several_of_one_name_are_an_error_that_lists_them(store):
    store.put(box_id="elsewhere")
    store.put()
    ran = ensure(store, name="thing", state="absent")
    assert ran.failed and ran["msg"].startswith(
        "2 things match 'thing': t1 (available, 2026-11-24T09:00:00), t2 (available, "
    )
    assert not written(store)
    assert ensure(store, name="thing", box="box", state="absent")["changed"]
    assert list(store.things) == ["t1"]


def test_what_is_there_goes_and_stays_gone(store):
    store.put()
    check, real, again = [
        ensure(store, check=check, name="thing", box="box", state="absent") for check in (True, False, False)
    ]
    assert (
        (check["changed"], check["diff"], check["thing"])
        == (real["changed"], real["diff"], real["thing"])
        == (True, real["diff"], None)
    )
    assert not again["changed"] and again["thing"] is None
    assert not store.things


# -- what others do between the plan and the deletion


def meanwhile(store, *ids, **values):
    """Somebody else changes things after the plan, right before they are deleted; without values they go."""

    def change(_ids):
        for id in ids:
            if values:
                store.things[id].update(values)
            else:
                store.things.pop(id, None)

    store.fail["again"] = change


@pytest.mark.parametrize(
    "values, why",
    [
        ({"metadata": {"osnap_hold": "audit"}}, "now it has osnap_hold: audit"),
        ({"is_protected": True}, "now it is protected from deletion"),
        ({"name": "gold"}, "now it is 'gold' (t1)"),
    ],
)
@pytest.mark.parametrize("arguments", [{"state": "absent"}, {"on_error": "replace"}])
def test_what_somebody_has_kept_or_renamed_since_the_plan_is_not_deleted(store, arguments, values, why):
    store.put(status="error")
    meanwhile(store, "t1", **values)
    ran = ensure(store, name="thing", box="box", **arguments)
    assert ran.failed and not ran["changed"] and why in ran["msg"] and not written(store)
    assert ran["msg"].startswith("The thing '") and ran["msg"].endswith("Run again, which goes by what it is now.")


def test_one_that_has_failed_and_is_finished_since_is_not_replaced_and_the_others_are(store):
    store.put(name="a", status="error")
    store.put(name="b", status="error")
    meanwhile(store, "t1", status="available")
    ran = ensure(store, box="box", on_error="replace", things=[{"name": "a"}, {"name": "b"}])
    assert ran.failed and "now its status is available" in ran["outcomes"][0]["msg"]
    assert [one["changed"] for one in ran["outcomes"]] == [False, True]
    assert store.things["t1"]["status"] == "available" and "t2" not in store.things


def test_one_that_has_failed_and_is_finished_since_goes_where_it_is_to_be_absent(store):
    store.put(status="error")
    meanwhile(store, "t1", status="available")
    assert ensure(store, name="thing", box="box", state="absent")["changed"] and not store.things


def test_one_that_would_have_to_be_waited_for_by_now_is_not_deleted(store):
    class Patient(Thing):
        def removal(self, context, desired, current):
            steps = super().removal(context, desired, current)
            return steps if current["status"] == "available" else (Step(AWAIT_READY), *steps)

    store.put()
    meanwhile(store, "t1", status="creating")
    ran = ensure(store, module=Patient, name="thing", box="box", state="absent")
    assert ran.failed and "now its status is creating" in ran["msg"] and not written(store)


def test_a_failed_one_given_by_its_id_is_replaced_by_one_of_another_name(store):
    store.put(name="old", status="error")
    ran = ensure(store, id="t1", name="new", on_error="replace")
    assert not ran.failed and ran["changed"] and ran["thing"]["name"] == "new"
    assert list(store.things) == [ran["thing"]["id"]]


class Forceful(Thing):
    """Deletes what is on its way only by force."""

    def removal(self, context, desired, current):
        steps = super().removal(context, desired, current)
        return steps if current["status"] == "available" else (Step(DELETE, {"force": True}), *steps[1:])


class Forced(Things):
    def delete(self, row, force=False):
        self.cloud.did("force", force)
        super().delete(row)


Forceful.service = Forced


@pytest.mark.parametrize("then, now, force", [("creating", "available", False), ("available", "creating", True)])
def test_one_in_another_status_by_now_goes_as_that_status_wants_it(store, then, now, force):
    store.put(status=then)
    meanwhile(store, "t1", status=now)
    ran = ensure(store, module=Forceful, name="thing", box="box", state="absent")
    assert not ran.failed and ran["changed"] and ("force", force) in store.log and not store.things


@pytest.mark.parametrize("end, changed", [("available", True), ("error", True), ("deleting", False), (None, False)])
def test_what_is_waited_for_only_to_go_goes_however_that_ends(store, monkeypatch, end, changed):
    class Patient(Thing):
        def removal(self, context, desired, current):
            steps = super().removal(context, desired, current)
            return (Step(AWAIT_READY), *steps) if current["status"] == "creating" else steps

    monkeypatch.setattr(Things, "NEXT", {"creating": end, "deleting": None})
    store.put(status="creating")
    ran = ensure(store, module=Patient, name="thing", box="box", state="absent")
    assert not ran.failed and ran["changed"] is changed and not store.things


def test_an_object_given_by_its_id_goes_whatever_it_is_called_by_now(store):
    store.put()
    meanwhile(store, "t1", name="gold")
    assert ensure(store, id="t1", state="absent")["changed"] and not store.things


@pytest.mark.parametrize("values", [{}, {"status": "deleting"}])
def test_what_somebody_else_has_deleted_since_the_plan_is_no_change_of_ours(store, values):
    store.put()
    meanwhile(store, "t1", **values)
    ran = ensure(store, name="thing", box="box", state="absent")
    assert not ran["changed"] and not written(store) and not store.things
    assert ran["diff"]["before"] == ran["diff"]["after"] == {"state": "absent"}


@pytest.mark.parametrize("wait", [True, False])
def test_what_has_gone_since_is_not_shown_and_not_waited_for(store, wait):
    store.put()
    meanwhile(store, "t1")
    ran = ensure(store, name="thing", box="box", state="absent", wait=wait)
    assert not ran.failed and ran["thing"] is None and "poll" not in dict(store.log)


def test_one_that_has_gone_since_is_made_anew_all_the_same(store):
    store.put(status="error")
    meanwhile(store, "t1")
    ran = ensure(store, name="thing", box="box", on_error="replace")
    assert ran["changed"] and [verb for verb, _id in written(store)] == ["create"]


def test_all_that_are_to_go_are_looked_at_together_and_where_nobody_can_look_nothing_goes(store):
    for name in "abcdef":
        store.put(name=name)
    things = [{"name": name} for name in "abcdef"]

    def fail(ids):
        raise OsnapError("Could not look.")

    store.fail["again"] = fail
    ran = ensure(store, box="box", state="absent", things=things)
    assert not ran["changed"] and {one["msg"] for one in ran["outcomes"]} == {"Could not look."} and not written(store)
    store.fail.clear()
    store.log.clear()
    assert ensure(store, box="box", state="absent", things=things)["changed"]
    assert [len(ids) for verb, ids in store.log if verb == "again"] == [6]


def test_where_the_look_before_a_deletion_dooms_the_rest_its_reason_is_told(store):
    store.put(name="a")
    store.put(name="b")

    def fail(ids):
        raise OsnapError("Could not look: 401.", status=401, stops_work=True)

    store.fail["again"] = fail
    ran = ensure(store, name="a", box="box", state="absent")
    assert (ran["msg"], ran["status"]) == ("Could not look: 401.", 401)
    ran = ensure(store, box="box", state="absent", things=[{"name": "a"}, {"name": "b"}])
    assert ran["msg"] == "2 of 2 things failed. things[0] and 1 more: Could not look: 401."
    assert not ran["changed"] and not written(store)


def test_a_deletion_that_the_service_takes_back_is_an_error(store):
    store.put()

    class Stubborn(Things):
        def delete(self, row):
            pass

    class Stuck(Thing):
        service = Stubborn

    ran = ensure(store, module=Stuck, name="thing", state="absent")
    assert ran.failed and "the service took the request and went back to available: it fell" in ran["msg"]


def test_a_missing_box_is_an_error_but_not_for_who_wants_it_empty(store):
    ran = ensure(store, name="thing", box="nowhere")
    assert ran.failed and ran["msg"].startswith("There is no crate named 'nowhere'")
    assert ensure(store, name="thing", box="nowhere", state="absent")["changed"] is False


def test_an_object_given_by_its_id_goes_whatever_box_is_named_beside_it(store):
    there = store.put()
    assert ensure(store, id=there["id"], box="nowhere", state="absent")["changed"]
    assert not store.things


def test_an_empty_box_name_does_not_mean_any_box(store):
    store.put()
    store.boxes[""] = store.boxes["box"]
    for box in ("", "  "):
        for state in ("present", "absent"):
            assert (
                ensure(store, name="thing", box=box, state=state)["msg"]
                == "The name of a crate is empty; give its name or ID."
            )
    assert not written(store)


def test_a_box_that_is_there_twice_is_an_error_for_both_states(store):
    store.boxes["box"] *= 2
    for state in ("present", "absent"):
        assert ensure(store, name="thing", box="box", state=state)["msg"].startswith("2 crates are named 'box'")


def test_a_change_that_did_not_take_is_no_success(store):
    store.put()

    class Forgetful(Things):
        def update(self, row, values):
            return dict(row)

    class Forgotten(Thing):
        service = Forgetful

    ran = ensure(store, module=Forgotten, name="thing", box="box", note="new")
    assert ran.failed and "was accepted, but note did not become what was asked for" in ran["msg"]


def test_what_a_new_one_has_not_become_is_told_and_loses_no_other_result(store):
    class Headstrong(Things):
        def create(self, values):
            return super().create({**values, "size": 7})

    class Grown(Thing):
        service = Headstrong

    ran = ensure(store, module=Grown, box="box", things=[{"name": "a", "size": 2}, {"name": "b"}])
    assert ran.failed and [outcome["failed"] for outcome in ran["outcomes"]] == [True, False]
    assert "size" in ran["outcomes"][0]["msg"] and ran["things"][1]["name"] == "b"


# -- creation happens once


def test_a_creation_without_an_answer_is_looked_up_and_not_repeated(store):
    def answer_lost(name):
        if not store.things:
            store.put(name=name, status="creating")
            raise Ambiguous("no answer")

    store.fail["create"] = answer_lost
    ran = ensure(store, name="thing", box="box")
    assert ran["changed"] and len(store.things) == 1
    assert written(store) == [("create", "thing")]


def test_a_creation_that_did_not_arrive_is_tried_once_more(store):
    def lost_once(name):
        if len(written(store)) == 1:
            raise Ambiguous("no answer")

    store.fail["create"] = lost_once
    assert ensure(store, name="thing", box="box")["changed"]
    assert len(store.things) == 1 and len(written(store)) == 2


def test_a_creation_that_fails_twice_fails(store):
    def unavailable(name):
        raise OsnapError("Could not create: 503.", status=503)

    store.fail["create"] = unavailable
    assert ensure(store, name="thing", box="box").failed
    assert len(written(store)) == 2


def test_a_refused_creation_is_not_tried_again(store):
    def refuse(name):
        raise OsnapError("Over quota.", status=413, stops_work=True)

    store.fail["create"] = refuse
    assert ensure(store, name="thing", box="box")["msg"] == "Over quota."
    assert len(written(store)) == 1


class Racing(Things):
    allows_twins = True


class Raced(Thing):
    service = Racing


def rival(store, **values):
    """Somebody else creates one of each name while we do."""
    store.fail["create"] = lambda name: store.put(name=name, note="theirs", **values)


@pytest.mark.parametrize("theirs, kept", [("2026-11-24T08:00:00", "theirs"), ("2026-11-24T10:00:00", "ours")])
def test_of_two_that_race_the_older_stays(store, theirs, kept):
    rival(store, created_at=theirs)
    ran = ensure(store, module=Raced, name="thing", box="box")
    assert ran["changed"] is (kept == "ours") and ran["thing"]["status"] == "available"
    assert (ran["thing"]["note"] == "theirs") is (kept == "theirs")
    assert ("delete" in [verb for verb, _id in store.log]) is (kept == "theirs")
    assert kept == "ours" or ran["diff"]["before"] == ran["diff"]["after"]


def test_of_one_second_the_lower_id_stays_though_it_came_after_a_look(store, monkeypatch):
    """A has looked, had it looked at once; B's has the lower ID and the same second. So nobody looks before the second
    is over.
    """
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        store.things["b"] = {**next(iter(store.things.values())), "id": "b", "note": "theirs"}

    pauses_are(monkeypatch, sleep)
    monkeypatch.setattr(twins, "UNTIL_ALL_ARE_SEEN", 1.2)
    ran = ensure(store, module=Raced, name="thing", box="box")
    assert ran["thing"]["id"] == "b" and not ran["changed"] and slept == [1.2]


def test_the_elder_twin_is_brought_to_what_is_wanted(store):
    rival(store, created_at="2026-11-24T08:00:00", status="creating")
    ran = ensure(store, module=Raced, name="thing", box="box", note="mine")
    assert ran["changed"] and ran["thing"]["note"] == "mine" and ran["diff"]["before"]["note"] == "theirs"
    store.things.clear()
    ran = ensure(store, module=Raced, name="thing", box="box", size=7)
    assert ran.failed and "size can't be changed" in ran["msg"]


def test_who_comes_while_two_are_there_waits_until_one_is_taken_back(store, monkeypatch):
    """It is neither an error of two of one name, nor is the one taken that is about to go."""
    now = datetime.now(timezone.utc).isoformat()
    elder, younger = store.put(created_at=now), store.put(created_at=now)
    monkeypatch.setattr(twins, "TIME_TO_WITHDRAW", 1000)
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            store.things.pop(younger["id"])

    pauses_are(monkeypatch, pause)
    for check in (True, False):
        ran = ensure(store, module=Raced, check=check, name="thing", box="box")
        assert not ran["changed"] and ran["thing"]["id"] == elder["id"] and len(pauses) == 2
    store.put(created_at=now)
    ran = ensure(store, module=Raced, name="thing", box="box")
    assert ran.failed and ran["msg"].startswith("2 things match") and len(pauses) == 2 + twins.LOOKS


def test_who_comes_a_moment_after_a_creation_looks_once_more(store, monkeypatch):
    """A twin of the same second may not be there yet."""
    younger = store.put(created_at=datetime.now(timezone.utc).isoformat())
    monkeypatch.setattr(twins, "UNTIL_ALL_ARE_SEEN", 1000)

    def pause(seconds):
        store.things.pop(younger["id"], None)
        store.put(note="theirs")

    pauses_are(monkeypatch, pause)
    assert ensure(store, module=Raced, name="thing", box="box")["thing"]["note"] == "theirs"


def test_a_service_whose_clock_is_ahead_is_not_waited_for_longer(store, monkeypatch):
    store.put(created_at="2999-01-01T00:00:00")
    monkeypatch.setattr(twins, "UNTIL_ALL_ARE_SEEN", 1.2)
    pauses = []
    pauses_are(monkeypatch, pauses.append)
    assert not ensure(store, module=Raced, name="thing", box="box")["changed"]
    assert len(pauses) == 2


def test_a_failed_twin_is_no_rival(store):
    rival(store, created_at="2026-11-24T08:00:00", status="error")
    ran = ensure(store, module=Raced, name="thing", box="box")
    assert ran["changed"] and ran["thing"]["note"] is None and "delete" not in [verb for verb, _id in store.log]


def test_one_look_is_enough_for_all_twins_of_a_task(store):
    rival(store, created_at="2026-11-24T08:00:00")
    ran = ensure(store, module=Raced, box="box", things=[{"name": f"n{number}"} for number in range(20)])
    assert not ran["changed"] and {row["note"] for row in ran["things"]} == {"theirs"}
    assert [value for verb, value in store.log if verb == "find"] == [20, 20]
    assert len([verb for verb, _id in store.log if verb == "delete"]) == 20


def test_where_the_look_for_twins_fails_only_what_was_created_is_told_so(store):
    """The others are what they are, and the next run looks again."""
    there = store.put(name="there")

    def once(number):
        if store.things.keys() - {there["id"]}:
            raise OsnapError("Could not list things: 500.", status=500)

    store.fail["find"] = once
    things = [{"name": "new"}, {"name": "there", "note": "changed"}]
    ran = ensure(store, module=Raced, box="box", things=things)
    new, changed = ran["outcomes"]
    assert new["failed"] and new["changed"] and (new["status"], new["resource"]) == (500, "t2")
    assert new["msg"].startswith("The thing 'new' (t2) was created, but whether somebody else has created the same")
    assert not changed["failed"] and changed["thing"]["note"] == "changed"
    store.fail.clear()
    assert not ensure(store, module=Raced, box="box", things=things)["changed"]


@pytest.mark.parametrize("answer", ["refused", "used"])
def test_a_younger_twin_that_can_not_be_removed_has_been_made_all_the_same(store, answer):
    def refuse(id):
        raise OsnapError("Could not delete it: 403.", status=403)

    rival(store, created_at="2026-11-24T08:00:00")
    store.fail["delete"] = refuse
    module = Raced
    if answer == "used":
        module = type(
            "Used", (Raced,), {"service": type("S", (Raced.service,), {"dependents": lambda self, row: ["a volume"]})}
        )
    ran = ensure(store, module=module, name="thing", box="box")
    assert ran.failed and ran["changed"] and ran["resource"] == "t2"
    why = "could not be removed: Could not delete it: 403. Remove one" if answer == "refused" else "because of a volume"
    assert ran["msg"].startswith("Somebody else has made 'thing' (t1) at the same moment") and why in ran["msg"]


def test_what_one_task_makes_is_not_the_twin_of_what_it_makes_beside(store):
    class OneAnHour(Raced):
        def contest(self, values):
            return {**values, "name": None}

    ran = ensure(store, module=OneAnHour, box="box", things=[{"name": "a"}, {"name": "b"}])
    assert [one["changed"] for one in ran["outcomes"]] == [True, True] and len(store.things) == 2


@pytest.mark.parametrize("status, polls", [("available", 0), ("creating", 1)])
def test_what_the_look_for_twins_has_seen_ready_is_not_polled_again(store, status, polls):
    def ready(number):
        for row in store.things.values():
            row["status"] = status

    store.fail["find"] = ready
    assert ensure(store, module=Raced, name="thing", box="box")["thing"]["status"] == "available"
    assert len([ids for verb, ids in store.log if verb == "poll"]) == polls


def test_a_twin_that_is_of_use_to_somebody_stays_and_is_told(store):
    class Used(Racing):
        def dependents(self, row):
            return ["volume 'copy' (v7)"]

    class OfUse(Thing):
        service = Used

    rival(store, created_at="2026-11-24T08:00:00")
    ran = ensure(store, module=OfUse, name="thing", box="box")
    assert ran.failed and "can't be removed because of volume 'copy' (v7)" in ran["msg"]
    assert "delete" not in [verb for verb, _id in store.log]


def test_what_may_be_somebody_elses_is_never_deleted(store):
    """No answer came: whether one of the two is ours, nobody can tell."""

    def answer_lost(name):
        store.put(name=name, note="theirs", created_at="2026-11-24T08:00:00")
        store.put(name=name, note="ours")
        raise Ambiguous("no answer")

    store.fail["create"] = answer_lost
    ran = ensure(store, module=Raced, name="thing", box="box")
    assert ran["thing"]["note"] == "theirs" and written(store) == [("create", "thing")]


def test_what_a_creation_has_found_instead_is_not_taken_back(store):
    """Nova may still be at the image of a killed run: that one is waited for, and is not this task's."""

    class Finding(Racing):
        def create(self, values):
            self.cloud.put(created_at="2026-11-24T08:00:00")
            return dict(self.cloud.put(created_at="2026-11-24T09:00:00"))

    class Found(Thing):
        service = Finding

    assert not ensure(store, module=Found, name="thing", box="box").failed
    assert {row["status"] for row in store.things.values()} == {"available"}


@pytest.mark.parametrize("theirs, kept", [("2026-11-24T08:00:00", 1), ("2026-11-24T10:00:00", 2)])
def test_a_job_that_is_gone_takes_back_what_is_in_its_successors_way(store, theirs, kept):
    rival(store, created_at=theirs)
    context = SimpleNamespace(
        progress=Listener(), wait=True, timeout=5, params={"state": "present", "on_error": "fail"}
    )
    context.cloud, context.map = store, lambda work, items: [work(item) for item in items]
    operation = Raced(store)
    desired = {**dict.fromkeys(operation.options), "name": "thing", "box_id": BOX}
    plan = operation.plan_for(Racing(store), context, desired, None)
    context.progress.gone = JobGone()
    with pytest.raises(JobGone):
        operation.apply_all(context, [plan])
    left = [row for row in store.things.values() if row["status"] != "deleting"]
    assert len(left) == kept and "theirs" in [row["note"] for row in left]


def test_a_job_that_is_gone_is_not_asked_for_by_what_takes_back_and_one_refusal_leaves_the_others(store):
    """A list of many pages and a held back request ask for the job, too."""

    def gone():
        raise JobGone()

    class Asking(Racing):
        def find(self, wanted):
            self.cloud.check()
            return super().find(wanted)

        def withdraw(self, row):
            if row["name"] == "a":
                raise OsnapError("not this one")
            super().withdraw(row)

    store.check = gone
    operation, service = Raced(store), Asking(store)
    jobs = []
    for name in "ab":
        elder = store.put(name=name, created_at="2026-11-24T08:00:00")
        ours = store.put(name=name, created_at="2026-11-24T09:00:00")
        created = twins.Created({"name": name, "box_id": BOX}, ours, 0.0)
        job = SimpleNamespace(created=created, namesakes=set(), elder=elder)
        jobs.append(job)
    twins.take_back(operation, service, jobs, {job.created.row["id"] for job in jobs})
    assert [store.things[job.created.row["id"]]["status"] for job in jobs] == ["available", "deleting"]
    assert {job.elder["status"] for job in jobs} == {"available"}


# -- many


def test_what_was_deleted_and_not_made_anew_counts_as_changed(store):
    """An earlier item's failure stops the creation, but not what has been done before it."""

    def refuse(name):
        raise OsnapError("Over quota.", status=413, stops_work=True)

    for name in "ab":
        store.put(name=name, status="error")
    store.fail["create"] = refuse
    ran = ensure(store, box="box", on_error="replace", things=[{"name": "a"}, {"name": "b"}])
    assert ran.failed and not [row for row in store.things.values() if row["status"] != "deleting"]
    assert [(one["changed"], one["attempted"]) for one in ran["outcomes"]] == [(True, True)] * 2


def test_many_are_found_at_once_and_waited_for_together(store):
    ran = ensure(store, box="box", things=[{"name": f"n{number}"} for number in range(20)])
    assert ran["changed"] and [row["name"] for row in ran["things"]] == [f"n{number}" for number in range(20)]
    assert all(row["status"] == "available" for row in ran["things"])
    assert [value for verb, value in store.log if verb == "find"] == [20]
    assert len([verb for verb, _value in store.log if verb == "poll"]) == 1
    again = ensure(store, box="box", things=[{"name": f"n{number}"} for number in range(20)])
    assert not again["changed"] and again["things"] == ran["things"]


def test_items_may_differ_in_what_is_to_be_done(store):
    store.put(name="same")
    store.put(name="old", note="old")
    store.put(name="broken", status="error")
    store.put(name="leaving", status="deleting")
    ran = ensure(
        store,
        box="box",
        things=[
            {"name": "same"},
            {"name": "old", "note": "new"},
            {"name": "broken"},
            {"name": "leaving"},
            {"name": "fresh"},
        ],
    )
    assert [outcome["changed"] for outcome in ran["outcomes"]] == [False, True, False, True, True]
    assert [outcome["failed"] for outcome in ran["outcomes"]] == [False, False, True, False, False]
    assert [row and row["status"] for row in ran["things"]] == [
        "available",
        "available",
        None,
        "available",
        "available",
    ]


def test_a_failure_on_the_way_loses_no_other_result(store):
    def refuse(name):
        if name == "b":
            raise OsnapError("No room for b.", status=400)

    store.fail["create"] = refuse
    ran = ensure(store, box="box", things=[{"name": "a"}, {"name": "b"}, {"name": "c"}])
    assert ran.failed and [outcome["failed"] for outcome in ran["outcomes"]] == [False, True, False]
    assert {row["name"] for row in store.things.values()} == {"a", "c"}


def test_the_same_box_by_name_and_by_id_makes_the_same_object(store):
    ran = ensure(store, things=[{"name": "a", "box": "box"}, {"name": "a", "box": BOX}])
    assert ran.failed and ran["msg"] == "things[1] is the same object as things[0]; name each once."
    assert [outcome["attempted"] for outcome in ran["outcomes"]] == [False, False] and not store.things


def test_the_same_object_by_id_and_by_name_is_an_error_before_anything_is_sent(store):
    there = store.put()
    for state in ("present", "absent"):
        ran = ensure(
            store, state=state, things=[{"id": there["id"], "note": "x"}, {"name": "thing", "box": "box", "note": "y"}]
        )
        assert ran.failed and ran["msg"] == "things[1] is the same object as things[0]; name each once."
    assert not written(store)


def test_what_the_service_would_refuse_is_told_before_anything_is_made(store):
    class Careful(Thing):
        def admit(self, context, plans):
            return [OsnapError("c does not fit.") if plan.desired["name"] == "c" else None for plan in plans]

    store.put(name="a")
    for check in (True, False):
        ran = ensure(
            store, module=Careful, check=check, box="box", things=[{"name": "a"}, {"name": "b"}, {"name": "c"}]
        )
        assert [outcome["msg"] for outcome in ran["outcomes"]] == [None, None, "c does not fit."]
    assert written(store) == [("create", "b")]
