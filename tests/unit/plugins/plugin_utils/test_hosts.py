# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.plugin_utils.hosts import (
    AT,
    GROUP,
    NOT_IN_LOCKSTEP,
    REQUEST,
    RESULT,
    group,
    outcome,
    twice,
)

SHARED = {"source": {"cloud": "a"}, "destination": {"cloud": "b"}, "run": "saturday"}


def asks(servers=(), exclude=(), server=None, **shared):
    return {
        REQUEST: {
            "servers": servers if isinstance(servers, (str, dict)) else list(servers),
            "exclude": list(exclude),
            "server": server or {},
            "shared": {**SHARED, **shared},
        }
    }


def groups(hostvars, batch=None):
    """``{leader: group}`` as all hosts together see it."""
    batch = list(hostvars) if batch is None else batch
    found = {host: group(hostvars, batch, host) for host in batch}
    return {leader: found[leader] for leader in dict.fromkeys(one["leader"] for one in found.values())}


# -- who goes with whom


def test_hosts_that_ask_for_the_same_go_together_each_for_its_server():
    hostvars = {"web01": asks(), "web02": asks(server={"server": "web02.old", "flavor": "m", "name": None})}
    led = groups(hostvars)["web01"]
    assert led["hosts"] == ["web01", "web02"]
    assert led["servers"] == [{"server": "web01"}, {"server": "web02.old", "flavor": "m"}]
    assert (led["is_list"], led["problems"]) == (False, {})
    assert group(hostvars, list(hostvars), "web02")["servers"] == []


@pytest.mark.parametrize(
    "other", [{"destination": {"cloud": "c"}}, {"run": "sunday"}, {"stop": False}, {"network_map": {"a": "b"}}]
)
def test_a_host_that_asks_for_something_else_goes_by_itself(other):
    led = groups({"web01": asks(), "web02": asks(**other), "web03": asks()})
    assert {leader: one["hosts"] for leader, one in led.items()} == {"web01": ["web01", "web03"], "web02": ["web02"]}


def test_a_window_that_nobody_can_read_is_refused_before_the_night():
    (told,) = groups({"web01": asks(window_end="saturday")}).values()
    assert told["problems"] == {
        "web01": "The option window_end is 'saturday'; it takes a time with its zone, such as 2026-05-04T04:00:00Z."
    }
    for end in ("", "2026-05-04T04:00:00Z", datetime(2026, 5, 4, 4, tzinfo=timezone.utc)):
        assert groups({"web01": asks(window_end=end)})["web01"]["problems"] == {}


def test_only_hosts_that_are_at_it_count():
    hostvars = {"web01": asks(), "web02": asks(), "web03": {REQUEST: {}}, "web04": {}, "web05": asks()}
    led = groups(hostvars, ["web02", "web03", "web05"][:1] + ["web05"])
    assert led["web02"]["hosts"] == ["web02", "web05"]


def test_a_host_that_does_not_take_part_is_left_alone():
    hostvars = {"web01": {REQUEST: None}, "web02": {}, "web03": asks()}
    assert group(hostvars, list(hostvars), "web03")["hosts"] == ["web03"]


def test_a_host_that_has_failed_on_the_way_is_out_although_it_may_be_rescued():
    hostvars = {"web01": asks(), "web02": asks(), "web03": asks()}
    for host, step in (("web01", "copied"), ("web02", "moved"), ("web03", "moved")):
        hostvars[host][AT] = step
    assert {leader: one["hosts"] for leader, one in groups(hostvars, ["web01", "web02", "web03"]).items()} == {
        "web01": ["web01"],
        "web02": ["web02", "web03"],
    }


def test_a_rescued_host_which_the_others_do_not_see_goes_by_itself():
    hostvars = {"web01": asks(), "web02": asks()}
    assert group(hostvars, ["web02"], "web01")["hosts"] == ["web01"]
    assert group(hostvars, ["web02"], "web02")["hosts"] == ["web02"]


def test_only_as_many_hosts_are_looked_at_as_needed():
    """Variables of a host are expensive; of 500 hosts, each may not look at all others."""
    seen = []

    class Counting(dict):
        def __getitem__(self, host):
            seen.append(host)
            return super().__getitem__(host)

    hostvars = Counting({f"web{number:03}": asks() for number in range(100)})
    for host in list(hostvars):
        group(hostvars, list(hostvars), host)
    assert len(seen) < 100 * 5


def test_those_that_were_given_one_list_go_together_with_it_once():
    hostvars = {"one": asks("web01, web02"), "two": asks("web01, web02"), "three": asks("web03"), "web04": asks()}
    led = groups(hostvars)
    assert {leader: one["hosts"] for leader, one in led.items()} == {
        "one": ["one", "two"],
        "three": ["three"],
        "web04": ["web04"],
    }
    assert led["one"]["servers"] == [{"server": "web01"}, {"server": "web02"}]
    assert led["one"]["is_list"]
    assert not any(one["problems"] for one in led.values())


def test_what_is_excluded_of_a_list_is_handed_on():
    led = groups({"localhost": asks([{"regex": "web.*"}], ["web03", {"metadata": {"tier": "db"}}])})["localhost"]
    assert led["servers"] == [{"regex": "web.*"}]
    assert led["exclude"] == [{"server": "web03"}, {"metadata": {"tier": "db"}}]


# -- who can't go


def test_a_server_that_two_hosts_name_goes_with_neither():
    hostvars = {"web01": asks(), "alias": asks(server={"server": " web01"}), "web03": asks()}
    assert groups(hostvars)["web01"]["problems"] == {
        "web01": "The host 'alias' asks for the server 'web01' as well; name it once.",
        "alias": "The host 'web01' asks for the server 'web01' as well; name it once.",
    }


def test_so_it_is_where_they_ask_for_different_things():
    led = groups({"web01": asks(), "localhost": asks("db01\nweb01", run="sunday"), "web02": asks(run="sunday")})
    assert list(led["web01"]["problems"]) == ["web01"]
    assert list(led["localhost"]["problems"]) == ["localhost"]
    assert not led["web02"]["problems"]


def test_servers_of_one_name_in_two_clouds_are_two():
    led = groups({"web01": asks(), "other": asks(server={"server": "web01"}, source={"cloud": "c"})})
    assert not any(one["problems"] for one in led.values())


def test_a_list_that_is_none_is_told_by_the_hosts_that_have_it():
    led = groups({"one": asks({"server": "web01"}), "two": asks({"server": "web01"}), "three": asks()})
    said = "Servers are given as a text of names or as a list; this is a dictionary."
    assert led["one"]["problems"] == {"one": said, "two": said}
    assert led["three"]["problems"] == {}


def test_hosts_are_not_excluded_by_a_list():
    problems = groups({"web01": asks(exclude=["web02"])})["web01"]["problems"]
    assert problems["web01"].startswith("What is to be excluded is excluded of a list; hosts are left out by")


# -- what each gets


def migration(server, **values):
    return {
        "server": server,
        "name": "a2",
        "new_server_id": "id-2",
        "phase": "complete",
        "notices": [f"{server} loses its tags"],
        **values,
    }


def done(server, *, changed=True):
    return {"changed": changed, "failed": False, "msg": None, "migration": migration(server)}


def failed(msg, *, changed=False):
    return {"changed": changed, "failed": True, "msg": msg, "migration": None}


def led_by(*hosts, is_list=False):
    return {"leader": hosts[0], "hosts": list(hosts), "is_list": is_list}


def test_each_host_gets_what_became_of_its_own_server():
    result = {
        "changed": True,
        "failed": True,
        "msg": "1 of 3",
        "outcomes": [done("a"), failed("No."), done("c", changed=False)],
    }
    led = led_by("a", "b", "c")
    assert outcome(result, led, "a") == {
        "changed": True,
        "failed": False,
        "is_list": False,
        "pending": False,
        "problems": [],
        "notices": ["a loses its tags"],
        "servers": [migration("a")],
        "told": ["a: complete, as a2 (id-2)"],
        "plan_digest": None,
        "playbook": [],
        "table": ["a  complete  -  -"],
    }
    of_b = outcome(result, led, "b")
    assert (of_b["changed"], of_b["failed"], of_b["problems"], of_b["servers"]) == (False, True, ["No."], [])
    assert outcome(result, led, "c")["changed"] is False


def test_each_host_gets_the_diff_of_its_own_server():
    """Ansible shows none: the leader's task changes no host."""
    moved = {
        "before": {"phase": "planned", "new_server_id": None},
        "after": {"phase": "complete", "new_server_id": "i"},
    }
    nothing = {"before": {"phase": "complete"}, "after": {"phase": "complete"}}
    result = {
        "outcomes": [done("a"), failed("No."), done("c", changed=False)],
        "diff": [moved, {"before": {}, "after": {}}, nothing],
    }
    led = led_by("a", "b", "c")
    lines = ["  - phase: planned", "  + phase: complete", "  - new_server_id: null", "  + new_server_id: i"]
    assert outcome(result, led, "a")["told"] == ["a: complete, as a2 (id-2)", *lines]
    assert outcome(result, led, "b")["told"] == ["No."]
    assert outcome(result, led, "c")["told"] == ["c: complete, as a2 (id-2)"]
    of_list = outcome(result, led_by("one", is_list=True), "one")["told"]
    assert of_list == ["No.", "a: complete, as a2 (id-2)", *lines, "c: complete, as a2 (id-2)"]


def test_who_has_given_a_list_gets_all_of_it():
    result = {"outcomes": [done("a"), failed("No."), done("c")]}
    for host in ("one", "two"):
        of_all = outcome(result, led_by("one", "two", is_list=True), host)
        assert (of_all["changed"], of_all["failed"], of_all["problems"]) == (True, True, ["No."])
        assert [one["server"] for one in of_all["servers"]] == ["a", "c"]


def plan(server, *problems, complete=False):
    return {"server": server, "complete": complete, "problems": list(problems), "notices": [], "steps": ["stop it"]}


def test_plans_fail_by_their_own_problems_and_those_of_all():
    plans = [plan("a"), plan("b", "It is locked."), plan("c", complete=True)]
    result = {"plans": plans, "problems": ["It is locked.", "The quota is too small."], "notices": []}
    led = led_by("a", "b", "c")
    assert outcome(result, led, "a")["problems"] == ["The quota is too small."]
    assert outcome(result, led, "b")["problems"] == ["It is locked.", "The quota is too small."]
    assert outcome(result, led, "c")["failed"] is False  # nothing is left to be done for it
    assert outcome(result, led, "c")["servers"] == [plans[2]]
    of_list = outcome(result, led_by("localhost", is_list=True), "localhost")
    assert of_list["problems"] == ["It is locked.", "The quota is too small."]
    assert outcome({"plans": plans[:1], "problems": []}, led_by("a"), "a")["failed"] is False


def test_what_is_to_be_done_is_told_and_what_is_left_is_pending():
    plans = [plan("a"), {**plan("b", complete=True), "steps": []}]
    of_list = outcome({"plans": plans, "problems": []}, led_by("localhost", is_list=True), "localhost")
    assert of_list["told"] == ["a:", "  1. stop it", "b: nothing is left to be done"]
    assert of_list["pending"]
    assert not outcome({"plans": plans, "problems": []}, led_by("a", "b"), "b")["pending"]
    assert outcome({"outcomes": [failed("No.")]}, led_by("a"), "a")["pending"]


def test_each_host_is_told_what_there_is_to_approve_for_all_that_go_with_it():
    told = {"plans": [plan("a"), plan("b")], "problems": [], "plan_digest": "1:abc:d"}
    assert {outcome(told, led_by("a", "b"), host)["plan_digest"] for host in ("a", "b")} == {"1:abc:d"}


def test_the_table_has_columns():
    plans = [
        {**plan("a long name"), "phase": "copied", "since": "2026-11-28T22:00:00Z", "next": "cutover"},
        {**plan("b"), "server_name": "b.example.org"},
    ]
    assert outcome({"plans": plans, "problems": []}, led_by("x", is_list=True), "x")["table"] == [
        "a long name    copied  2026-11-28T22:00:00Z  cutover",
        "b.example.org  -       -                     -",
    ]


@pytest.mark.parametrize("host", ["a", "b"])
def test_what_fails_for_all_fails_each(host):
    told = outcome({"failed": True, "msg": "Cloud source: the password is wrong."}, led_by("a", "b"), host)
    assert (told["failed"], told["problems"]) == (True, ["Cloud source: the password is wrong."])


def test_a_module_that_says_nothing_has_failed():
    assert outcome({"rc": 1}, led_by("a"), "a")["problems"] == ["Nothing was returned of any server."]


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (
            {"rc": 137, "msg": "Module result deserialization failed: No start of json", "module_stderr": "Killed\n"},
            "The module ended without a result with the exit status 137: Killed.",
        ),
        (
            {"rc": 1, "msg": "MODULE FAILURE\nSee stdout/stderr", "module_stderr": "Traceback\n\nKeyError: 'x'\n"},
            "The module ended without a result with the exit status 1: KeyError: 'x'.",
        ),
        (
            {"exception": SimpleNamespace(event=SimpleNamespace(msg="'metadata'"))},
            "The module ended without a result: 'metadata'.",
        ),
        ({"exception": "Traceback\nKeyError: 'x'"}, "The module ended without a result: KeyError: 'x'."),
        ({"msg": "MODULE FAILURE"}, "The module ended without a result: MODULE FAILURE."),
        ({"msg": "The cloud is down."}, "The cloud is down."),
    ],
)
def test_a_module_that_crashed_is_told_for_each_host(result, says):
    """Test what Ansible keeps of a module without a result. Verify that the reason is told, whatever place it is in."""
    (problem,) = outcome({"failed": False, **result}, led_by("a"), "a")["problems"]
    assert problem.startswith(says)


@pytest.mark.parametrize(
    ("result", "led"),
    [(None, led_by("a", "b")), ({}, led_by("a")), ({"outcomes": []}, led_by("b")), ({"outcomes": []}, None)],
)
def test_a_host_whose_leader_has_nothing_for_it_is_told_why(result, led):
    assert outcome(result, led, "a") == {
        "changed": False,
        "failed": True,
        "is_list": False,
        "pending": True,
        "problems": [NOT_IN_LOCKSTEP],
        "notices": [],
        "servers": [],
        "told": [NOT_IN_LOCKSTEP],
        "plan_digest": None,
        "playbook": [],
        "table": [],
    }


# -- one server by two names


def led(leader, hosts, *ids, is_list=False, at="look"):
    """What the hosts of a group have once both clouds were read."""
    told = {"leader": leader, "hosts": list(hosts), "is_list": is_list}
    result = {"plans": [{"server_id": id} for id in ids]}
    return {
        host: {
            AT: at,
            **asks(),
            GROUP: told if host == leader else {"leader": leader, "hosts": []},
            RESULT: result if host == leader else {},
        }
        for host in hosts
    }


def test_a_server_that_two_groups_have_by_its_name_and_by_its_id_is_refused_in_both():
    hostvars = {**led("a", ["a", "b"], "id-a", "id-b"), **led("c", ["c", "d"], "id-c", "id-a")}
    told = {host: twice(hostvars, list(hostvars), host) for host in hostvars}
    assert told == {
        "a": "The host 'd' asks for the server id-a as well, by another name; name it once.",
        "b": None,
        "c": None,
        "d": "The host 'a' asks for the server id-a as well, by another name; name it once.",
    }


def test_hosts_of_one_list_have_its_servers_together_and_who_is_not_here_has_none():
    listed = led("a", ["a", "b"], "id-a", "id-b", is_list=True)
    gone = led("z", ["z"], "id-a", at="read")
    assert [twice({**listed, **gone}, ["a", "b", "z"], host) for host in "ab"] == [None, None]
    other = led("c", ["c"], "id-b")
    assert twice({**listed, **other}, ["a", "b", "c"], "b").startswith("The host 'c' asks for the server id-b")
    assert twice({**listed, **other}, ["a", "b", "c"], "c").startswith("The host 'a' asks for the server id-b")
