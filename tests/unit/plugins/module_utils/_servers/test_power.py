# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_READY, START, STOP
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import POWER, TAKING_AN_IMAGE, plan_power
from ansible_collections.osnap.openstack.plugins.modules.server_power import ServerPower
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run


def server(status, task_state=None, **metadata):
    return {
        "id": "s1",
        "name": "web",
        "status": status,
        "task_state": task_state,
        "vm_state": "x",
        "updated_at": "then",
        "fault": None,
        "metadata": metadata,
    }


def verbs(plan):
    return [step.verb for step in plan.steps]


# -- the plan


@pytest.mark.parametrize("state, status", [("stopped", "SHUTOFF"), ("started", "ACTIVE")])
@pytest.mark.parametrize("task_state", [None, *TAKING_AN_IMAGE])
def test_a_server_that_is_there_already_is_left_alone(state, status, task_state):
    plan = plan_power(server(status, task_state), state)
    assert plan.steps == () and plan.before == plan.after == {"status": status}


@pytest.mark.parametrize(
    "state, status, action, to",
    [("stopped", "ACTIVE", "os-stop", "SHUTOFF"), ("started", "SHUTOFF", "os-start", "ACTIVE")],
)
def test_a_server_is_brought_there_and_waited_for(state, status, action, to):
    plan = plan_power(server(status, mine="1"), state)
    assert verbs(plan) == [STOP if state == "stopped" else START, AWAIT_READY]
    assert plan.steps[0].values == {"action": action}
    assert (plan.before, plan.after) == ({"status": status}, {"status": to})
    assert plan.resource["status"] == to and plan.resource["vm_state"] is plan.resource["updated_at"] is None


@pytest.mark.parametrize(
    "state, status, task_state", [("stopped", "ACTIVE", "powering-off"), ("started", "SHUTOFF", "powering-on")]
)
def test_a_server_on_its_way_is_waited_for_without_a_change(state, status, task_state):
    plan = plan_power(server(status, task_state), state)
    assert verbs(plan) == [AWAIT_READY] and not plan.changed
    assert (plan.resource["task_state"], plan.resource["vm_state"], plan.resource["updated_at"]) == (None, None, None)


def test_a_server_that_an_image_is_taken_of_is_predicted_without_what_nova_is_doing():
    assert plan_power(server("ACTIVE", "image_uploading"), "started").resource["task_state"] is None
    assert plan_power(server("ACTIVE"), "started").resource == server("ACTIVE")


@pytest.mark.parametrize(
    "state, status, task_state, told",
    [
        (
            "stopped",
            "ACTIVE",
            "rebooting",
            "is busy (rebooting) and can't be stopped; bring it to ACTIVE first, then run again.",
        ),
        ("stopped", "ACTIVE", "image_snapshot", "is busy (image_snapshot) and can't be stopped"),
        ("stopped", "SHUTOFF", "powering-on", "is busy (powering-on) and can't be stopped"),
        ("stopped", "ERROR", None, "is in status ERROR and can't be stopped; bring it to ACTIVE first"),
        ("stopped", "PAUSED", None, "is in status PAUSED and can't be stopped"),
        (
            "started",
            "SUSPENDED",
            None,
            "is in status SUSPENDED and can't be started; bring it to SHUTOFF first, then run again.",
        ),
        ("started", "SHELVED_OFFLOADED", None, "is in status SHELVED_OFFLOADED"),
    ],
)
def test_a_server_that_cant_go_there_is_told_how_it_is(state, status, task_state, told):
    with pytest.raises(OsnapError) as caught:
        plan_power(server(status, task_state), state)
    assert str(caught.value).startswith(f"The server 'web' (s1) {told}") and caught.value.fields["resource"] == "s1"


def test_what_it_was_is_remembered_and_forgotten_again():
    stopped = plan_power(server("ACTIVE", mine="1"), "stopped").resource
    assert stopped["metadata"] == {"mine": "1", _marks.POWER: "ACTIVE"}
    assert plan_power({**stopped, "status": "SHUTOFF"}, "started").resource["metadata"] == {"mine": "1"}


@given(
    st.sampled_from(["ACTIVE", "SHUTOFF", "PAUSED", "ERROR", "SHELVED"]),
    st.sampled_from([None, "powering-on", "powering-off", "image_snapshot", "resizing"]),
    st.sampled_from(sorted(POWER)),
)
def test_after_a_plan_there_is_nothing_to_do(status, task_state, state):
    try:
        plan = plan_power(server(status, task_state), state)
    except OsnapError:
        return
    assert plan_power(plan.resource, state).steps == ()


# -- the module


class Nova(FakeCloud):
    """Servers that stop and start, a poll later."""

    def __init__(self):
        super().__init__()
        self.nova.on["POST", "/servers/(.*)/action"] = self.act
        self.nova.on["POST", "/servers/(.*)/metadata"] = self.mark
        self.nova.on["DELETE", "/servers/(.*)/metadata/(.*)"] = self.unmark

    def row(self, id):
        return self.nova.tables["/servers"][id]

    def act(self, match, body):
        (action,) = body
        self.row(match[1])["status"] = {"os-stop": "SHUTOFF", "os-start": "ACTIVE"}[action]
        return Answer(status_code=202)

    def mark(self, match, body):
        self.row(match[1])["metadata"].update(body["metadata"])
        return Answer(body)

    def unmark(self, match, body):
        del self.row(match[1])["metadata"][match[2]]
        return Answer(status_code=204)


@pytest.fixture
def cloud():
    return Nova()


def power(cloud, state, *, check=False, **arguments):
    operation = ServerPower()
    operation.connect = lambda params: cloud
    return run(operation, {"state": state, **arguments}, check=check, diff=True)


def test_stop_and_start_again_leave_a_server_as_it_was(cloud):
    id = cloud.server(name="web", metadata={"mine": "1"})["id"]
    check = power(cloud, "stopped", check=True, server="web")
    assert not cloud.written
    stopped = power(cloud, "stopped", server="web")
    assert (check["changed"], check["diff"]) == (stopped["changed"], stopped["diff"]) == (True, stopped["diff"])
    assert stopped["server"]["status"] == "SHUTOFF" and stopped["server"]["metadata"] == check["server"][
        "metadata"
    ] == {"mine": "1", _marks.POWER: "ACTIVE"}
    assert power(cloud, "stopped", server="web")["changed"] is False
    assert power(cloud, "started", server=id)["server"]["metadata"] == {"mine": "1"}
    assert [path.rsplit("/", 1)[-1] for _method, path, _body in cloud.written] == [
        "metadata",
        "action",
        "action",
        _marks.POWER,
    ]


def test_many_are_sent_first_and_waited_for_together(cloud):
    ids = [cloud.server(name=f"web{number}")["id"] for number in range(6)]
    ran = power(cloud, "stopped", servers=[{"server": f"web{number}"} for number in range(6)])
    assert [row["id"] for row in ran["servers"]] == ids and all(row["status"] == "SHUTOFF" for row in ran["servers"])
    assert (
        len([path for path, _params in cloud.nova.reads if path == "/servers/detail"]) == 2
    )  # to find them, and to wait for them


def test_one_that_cant_be_stopped_keeps_no_other_from_it(cloud):
    cloud.server(name="a")
    cloud.server(name="b", status="ERROR")
    ran = power(cloud, "stopped", servers=[{"server": "a"}, {"server": "b"}, {"server": "c"}])
    assert ran.failed and [outcome["failed"] for outcome in ran["outcomes"]] == [False, True, True]
    assert ran["servers"][0]["status"] == "SHUTOFF"


def test_a_server_named_twice_is_an_error_before_any_is_stopped(cloud):
    id = cloud.server(name="web")["id"]
    ran = power(cloud, "stopped", servers=[{"server": "web"}, {"server": id}])
    assert ran.failed and ran["msg"] == "servers[1] is the same object as servers[0]; name each once."
    assert not cloud.written


@pytest.mark.parametrize("many", [2, 5])
def test_without_a_wait_one_that_cant_be_read_afterwards_fails_alone_and_many_are_read_at_once(cloud, many):
    ids = [cloud.server(name=f"web{number}")["id"] for number in range(many)]
    act, gone = cloud.act, []

    def vanishing(match, body):
        act(match, body)
        if match[1] == ids[0]:
            gone.append(cloud.nova.tables["/servers"].pop(match[1]))
        return Answer(status_code=202)

    cloud.nova.on["POST", "/servers/(.*)/action"] = vanishing
    names = [{"server": f"web{number}"} for number in range(many)]
    ran = power(cloud, "stopped", servers=names, wait=False)
    assert ran.failed and [outcome["failed"] for outcome in ran["outcomes"]] == [True] + [False] * (many - 1)
    assert ran["outcomes"][0]["msg"].endswith("is not there any more; somebody has deleted it.")
    assert [row["status"] for row in ran["servers"][1:]] == ["SHUTOFF"] * (many - 1)
    if many > 3:  # once to find them, once afterwards
        assert len([path for path, _params in cloud.nova.reads if path == "/servers/detail"]) == 2


def test_without_a_wait_a_look_that_fails_is_the_error_of_that_server_only(cloud):
    ids = [cloud.server(name=name)["id"] for name in ("a", "b")]

    def look(match, params):
        if match[1] == ids[0] and cloud.row(ids[0])["status"] == "SHUTOFF":
            raise OsnapError("Could not read it: 503.", status=503)
        return Answer({"server": dict(cloud.row(match[1]))})

    cloud.nova.on["GET", "/servers/([^/]+)"] = look
    ran = power(cloud, "stopped", servers=[{"server": "a"}, {"server": "b"}], wait=False)
    assert [outcome["msg"] for outcome in ran["outcomes"]] == ["Could not read it: 503.", None]
    assert [outcome["changed"] for outcome in ran["outcomes"]] == [True, True]
    assert [cloud.row(id)["status"] for id in ids] == ["SHUTOFF", "SHUTOFF"]


@pytest.mark.parametrize("status", [409, 500, 503])
@pytest.mark.parametrize("state", ["stopped", "started"])
def test_a_server_that_another_task_has_switched_meanwhile_is_where_it_was_wanted(cloud, state, status):
    """Test Nova's refusal of an action that was carried out between our look and our request, for the first of two."""
    other = POWER["started" if state == "stopped" else "stopped"][0]
    for name in ("web", "db"):
        cloud.server(name=name, status=other)

    def too_late(match, body):
        cloud.act(match, body)
        raise OsnapError("Cannot do this while it is in another vm_state.", status=status)

    cloud.nova.on["POST", "/servers/(.*)/action"] = too_late
    ran = power(cloud, state, servers=[{"server": "web"}, {"server": "db"}])
    assert not ran.failed and {row["status"] for row in ran["servers"]} == {POWER[state][0]}


def test_a_refused_action_that_nobody_else_has_carried_out_is_an_error(cloud):
    cloud.server(name="web")

    def refuse(match, body):
        raise OsnapError("Cannot do this just now.", status=409)

    cloud.nova.on["POST", "/servers/(.*)/action"] = refuse
    ran = power(cloud, "stopped", server="web")
    assert ran.failed and ran["msg"] == "Cannot do this just now."
