# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import STOP, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import are_changed, carry_out
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener


class Door(Operation):
    """Something to be shut."""

    many = "doors"
    options = {"door": {"type": "str"}, "how": {"type": "str"}}
    task_options = {"state": {"type": "str", "default": "shut"}, "gently": {"type": "bool", "default": True}}

    def __init__(self, shut=(), error=None):
        self.shut, self.error, self.seen = set(shut), error, []

    def tidy(self, item):
        return {**item, "door": item["door"].strip()}

    def problem(self, item, params):
        return None if item["door"] else "door is empty."

    def plan(self, context, item):
        self.seen.append((context.cloud, context.params, item))
        if isinstance(self.error, OsnapError) and self.error.status == 404:
            raise self.error
        steps = () if item["door"] in self.shut else (Step(STOP),)
        return Plan({}, {}, steps, item, {"door": item["door"]})

    def apply(self, context, plan):
        if self.error:
            raise self.error
        self.shut.add(plan.current["door"])
        return Outcome({"door": plan.current["door"], "is": context.params["state"]}, {"a": "fact"})


def within(progress=None):
    return Context("of the task", {"state": "other", "wait": False, "timeout": 1}, progress or Listener())


def test_a_link_has_the_defaults_of_its_own_task_and_what_the_chain_sets():
    door = Door()
    done = carry_out(door, {"door": " front "}, within=within(), cloud="there", timeout=7, gently=False)
    (cloud, params, item), *_none = door.seen
    assert cloud == "there"
    assert {key: params[key] for key in ("timeout", "state", "gently")} == {
        "timeout": 7,
        "state": "shut",
        "gently": False,
    }
    assert params == {**params, "wait": True, "doors": None, "door": " front ", "how": None}
    assert item == {"door": "front", "how": None}
    assert done.changed and done.outcome.resource == {"door": "front", "is": "shut"}


def test_a_link_with_nothing_left_to_do_has_changed_nothing():
    done = carry_out(Door(shut=["front"]), {"door": "front"}, within=within(), cloud=None)
    assert not done.changed and done.outcome.resource == {"door": "front"}


def test_an_item_is_checked_as_a_tasks():
    with pytest.raises(OsnapError, match="^door is empty\\.$"):
        carry_out(Door(), {"door": " "}, within=within(), cloud=None)


@pytest.mark.parametrize("status", [404, 409, 413])
def test_what_a_task_would_fail_with_is_raised(status):
    error = OsnapError("No.", status=status, stops_work=status == 413)
    with pytest.raises(OsnapError) as caught:
        carry_out(Door(error=error), {"door": "front"}, within=within(), cloud=None)
    assert caught.value is error


def test_what_stops_one_link_does_not_stop_the_next():
    chain = within()
    with pytest.raises(OsnapError):
        carry_out(Door(error=OsnapError("Full.", stops_work=True)), {"door": "a"}, within=chain, cloud=None)
    assert carry_out(Door(), {"door": "a"}, within=chain, cloud=None).changed


def test_a_job_that_is_gone_ends_a_link_before_its_change():
    door = Door()
    with pytest.raises(KeyboardInterrupt):
        carry_out(door, {"door": "a"}, within=within(Listener(gone=KeyboardInterrupt())), cloud=None)
    assert door.shut == set()


def test_an_item_that_was_never_begun_or_refused_has_changed_nothing():
    plan, refused = Plan({}, {}, (Step(STOP),), None, None), OsnapError("No.")
    refused.changed_nothing = True
    outcomes = [Outcome(), Outcome(error=OsnapError("Lost.")), Outcome(error=refused), Outcome(error=NotSent("Later."))]
    assert are_changed([plan] * 4, outcomes) == [True, True, False, False]
