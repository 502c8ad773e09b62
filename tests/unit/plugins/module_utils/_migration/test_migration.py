# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many servers: in which order, who waits for whom, who is not begun; the chains themselves are told what happens."""

import threading
from types import SimpleNamespace

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import schedule, turns
from ansible_collections.osnap.openstack.plugins.module_utils._migration import migration
from ansible_collections.osnap.openstack.plugins.module_utils._migration.migration import ServerMigration
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run

FOUND = dict.fromkeys(("server", "rehearsal"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(schedule, "CHECK_EVERY", 0.01)
    monkeypatch.setattr(turns, "CHECK_EVERY", 0.01)


def found(sentences):
    return [{"code": "quota", "sentence": one, "stops": True} for one in sentences]


class World:
    """Servers by name, as are ``problems``, ``faults``, ``complete``; ``did`` is what the chains have reached."""

    def __init__(self, monkeypatch, *, problems=None, of_all=(), faults=None, complete=()):
        self.did, self.problems, self.of_all = [], problems or {}, list(of_all)
        self.faults, self.complete, self.seen = faults or {}, set(complete), []
        self.copied = threading.Condition()
        monkeypatch.setattr(migration.discovery, "read", lambda cloud, items, options, once=None, earlier=None: items)
        monkeypatch.setattr(migration.plan, "judge", self._judge)
        monkeypatch.setattr(migration.key_names, "of_servers", lambda *args: {"warnings": []})
        monkeypatch.setattr(migration.carry_out, "Chain", lambda *args: Chain(self, *args))

    def _judge(self, items, _seen, _options):
        self.seen += [item["server"] for item in items]
        plans = [self._plan(item["server"].removeprefix("id-of-")) for item in items]
        return {"plans": plans, "findings": [one for plan in plans for one in plan["findings"]] + found(self.of_all)}

    def _plan(self, name):
        return {
            "server": name,
            "server_id": None if name == "ghost" else f"id-of-{name}",
            "server_name": name,
            "name": name,
            "status": "ACTIVE",
            "power": "on",
            "phase": "complete" if name in self.complete else "planned",
            "complete": name in self.complete,
            "verified": name in self.complete,
            "stale": {},
            "found": FOUND,
            "disks": [],
            "findings": found(self.problems.get(name, [])),
            "notices": [],
        }

    def run(self, *servers, check=False, **params):
        operation = ServerMigration()
        operation.connect = lambda params: SimpleNamespace(name="'source'", peer=None)
        servers = [{"server": one} if isinstance(one, str) else one for one in servers]
        arguments = {"servers": servers, "destination": {"cloud": "target"}, **params}
        return run(operation, arguments, check=check, diff=True)


class Chain:
    """What happens to a server: its own fault, its turn, its boot."""

    def __init__(self, world, context, lanes, look, my_turn, measured, to_copy, checks):
        self.told = []
        self.world, self.lanes, self.look, self.my_turn = world, lanes, look, my_turn
        self.timeline, self.forecast = SimpleNamespace(entries=[{"what": "boot"}], off=lambda: None), None

    def go(self):
        plan = self.look()
        name = plan["server_name"]
        self.lanes.check()
        self.world.did.append(f"copy {name}")
        if fault := self.world.faults.get(name):
            raise fault
        self.my_turn()
        self.world.did.append(f"boot {name}")
        return {**plan, "phase": "complete", "verified": True}


def messages(ran):
    return [one["msg"] for one in ran["outcomes"]]


def test_all_go_and_each_is_looked_up_by_its_id_when_its_turn_comes(monkeypatch):
    world = World(monkeypatch)
    ran = world.run("a", "b")
    assert not ran.failed and ran["changed"]
    assert [one["server"] for one in ran["migrations"]] == ["a", "b"]
    assert ran["outcomes"][0]["timeline"] == [{"what": "boot"}]
    assert sorted(world.seen) == ["a", "b", "id-of-a", "id-of-b"]


def test_check_mode_carries_nothing_out(monkeypatch):
    world = World(monkeypatch)
    assert world.run("a", check=True)["changed"] and world.did == []


@pytest.mark.parametrize("check", [False, True])
def test_a_misspelt_key_of_a_map_is_one_warning_for_all_and_none_where_no_map_matters(monkeypatch, check):
    told = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: told.append(text))
    world = World(monkeypatch, problems={"b": ["It is locked."]})
    monkeypatch.setattr(migration.key_names, "of_servers", lambda *args: {"warnings": ["Look at the map."]})
    assert world.run("a", "b", check=check).failed and told == ["Look at the map."]
    monkeypatch.setattr(migration.undoing, "plans", lambda context, items, *args: [Plan({}, {}, ())] * len(items))
    assert not world.run("a", "b", state="finalized").failed and len(told) == 1


def test_waves_come_one_after_another(monkeypatch):
    world = World(monkeypatch)
    world.run({"server": "late", "wave": 2}, "early", {"server": "last", "wave": 3})
    assert [one for one in world.did if one.startswith("boot")] == ["boot early", "boot late", "boot last"]


@pytest.mark.parametrize("parallel", [1, 2, 10])
def test_a_server_boots_after_another_in_whatever_order_they_are_listed(monkeypatch, parallel):
    world = World(monkeypatch)
    ran = world.run(
        {"server": "web", "boot_after": ["app"]}, {"server": "app", "boot_after": ["db"]}, "db", parallel=parallel
    )
    assert not ran.failed
    assert [one for one in world.did if one.startswith("boot")] == ["boot db", "boot app", "boot web"]


def test_whoever_boots_after_one_that_fails_is_not_booted(monkeypatch):
    world = World(monkeypatch, faults={"db": OsnapError("Lost.")})
    ran = world.run({"server": "web", "boot_after": ["db"]}, "db", "other")
    assert ran.failed and [one["failed"] for one in ran["outcomes"]] == [True, True, False]
    assert messages(ran)[0] == (
        "The server 'web' (id-of-web) is not booted, for it boots after 'db' (id-of-db), which did not. Its disks are"
        " copied; run again."
    )
    assert "boot web" not in world.did and "copy web" in world.did


def test_nor_after_one_of_an_earlier_wave_that_failed_though_enough_did_not(monkeypatch):
    world = World(monkeypatch, faults={"db": OsnapError("Lost.")})
    ran = world.run("db", {"server": "web", "wave": 2, "boot_after": ["db"]}, max_fail_percentage=100)
    assert "which did not" in messages(ran)[1] and "boot web" not in world.did


def test_nor_after_one_that_has_a_problem_beforehand(monkeypatch):
    world = World(monkeypatch, problems={"db": ["It is locked."]})
    ran = world.run("db", {"server": "web", "boot_after": ["db"]})
    assert messages(ran)[0] == "It is locked." and "which did not" in messages(ran)[1]
    assert ran["outcomes"][0]["findings"] == found(["It is locked."])
    (waited,) = ran["outcomes"][1]["findings"]
    assert (waited["code"], waited["object"]) == ("predecessor_failed", "server 'web' (id-of-web)")
    assert waited["sentence"] == messages(ran)[1]
    assert not ran["outcomes"][0]["changed"] and "copy db" not in world.did


def test_nor_after_one_that_is_not_there(monkeypatch):
    world = World(monkeypatch, problems={"ghost": ["There is no such server."]})
    ran = world.run("ghost", {"server": "web", "boot_after": ["ghost"]})
    assert "it boots after 'ghost', which did not" in messages(ran)[1]


def test_one_that_has_arrived_has_booted(monkeypatch):
    world = World(monkeypatch, complete=["db"])
    ran = world.run("db", {"server": "web", "boot_after": ["db"]})
    assert not ran.failed and [one["changed"] for one in ran["outcomes"]] == [False, True]
    assert world.did == ["copy web", "boot web"]


@pytest.mark.parametrize("percentage, begun", [(0, False), (49, False), (50, True), (100, True)])
def test_a_wave_begins_if_few_enough_have_failed_in_the_one_before(monkeypatch, percentage, begun):
    world = World(monkeypatch, faults={"a": OsnapError("Lost.")})
    last = {"server": "c", "wave": 2}
    ran = world.run("a", "b", last, {**last, "server": "d", "wave": 3}, max_fail_percentage=percentage)
    assert ("copy c" in world.did) == begun and ("copy d" in world.did) == begun
    if not begun:
        assert (
            messages(ran)[2]
            == messages(ran)[3]
            == ("Not attempted: of the 2 servers of wave 1, 1 failed; more than max_fail_percentage allows.")
        )
        assert [one["attempted"] for one in ran["outcomes"]] == [True, True, False, False]
        assert not ran["outcomes"][2]["changed"]


def test_a_problem_beforehand_does_not_count_for_the_waves(monkeypatch):
    world = World(monkeypatch, problems={"a": ["It is locked."]})
    ran = world.run("a", "b", {"server": "c", "wave": 2})
    assert world.did[-1] == "boot c" and ran.failed


def test_nor_does_one_that_is_deferred(monkeypatch):
    world = World(monkeypatch, faults={"a": NotSent("It is deferred.")})
    ran = world.run("a", "b", {"server": "c", "wave": 2})
    assert world.did[-1] == "boot c" and messages(ran) == ["The server 'a' (id-of-a): It is deferred.", None, None]


def test_a_problem_of_all_stops_each_but_those_that_have_arrived(monkeypatch):
    world = World(monkeypatch, of_all=["The quota is too small."], complete=["a"])
    ran = world.run("a", "b")
    assert messages(ran) == [None, "The quota is too small."] and world.did == []
    assert ran["outcomes"][1]["findings"] == found(["The quota is too small."])


@pytest.mark.parametrize("status", [401, 413])
def test_what_dooms_all_lets_no_further_one_begin(monkeypatch, status):
    world = World(monkeypatch, faults={"a": OsnapError("Full.", status=status, stops_work=True)})
    ran = world.run("a", "b", {"server": "c", "wave": 2}, parallel=1, max_fail_percentage=100)
    assert world.did == ["copy a"]
    why = "The server 'a' (id-of-a): Full."
    assert messages(ran) == [why, *[f"Not attempted, because an earlier item failed: {why}"] * 2]


def test_whoever_waits_for_one_that_is_not_begun_any_more_does_not_wait_for_ever(monkeypatch):
    """``db`` is taken by a thread, and before it begins another one's error has doomed it; ``web`` has begun."""
    world = World(monkeypatch)
    begun = threading.Event()

    def held(self):
        name = self.look()["server_name"]
        if name == "bad":
            begun.wait(5)
            raise OsnapError("Full.", stops_work=True)
        begun.set()
        self.my_turn()

    monkeypatch.setattr(Chain, "go", held)
    places = {"bad": 0, "web": 1, "db": 2}
    monkeypatch.setattr(migration, "waves", lambda items: [sorted(range(3), key=lambda at: places[items[at]["name"]])])
    ran = world.run("bad", {"server": "web", "boot_after": ["db"]}, "db", parallel=2)
    assert [one["attempted"] for one in ran["outcomes"]] == [True, True, False]


def test_a_job_that_is_gone_ends_all_chains_also_those_that_wait(monkeypatch):
    world = World(monkeypatch, faults={"db": JobGone()})
    ran = world.run("db", {"server": "web", "boot_after": ["db"]}, "other")
    assert ran.failed and "is gone" in ran["msg"] and "outcomes" not in ran
    assert "boot web" not in world.did


def test_a_defect_of_ours_is_raised_and_leaves_nobody_waiting(monkeypatch):
    world = World(monkeypatch, faults={"db": ValueError("ours")})
    with pytest.raises(ValueError, match="ours"):
        world.run("db", {"server": "web", "boot_after": ["db"]})


def test_a_circle_is_refused_before_anything(monkeypatch):
    world = World(monkeypatch)
    ran = world.run({"server": "a", "boot_after": ["b"]}, {"server": "b", "boot_after": ["a"]})
    assert "wait for each other" in ran["msg"] and world.did == []
