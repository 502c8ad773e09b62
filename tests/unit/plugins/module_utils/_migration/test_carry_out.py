# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server's chain over operations that only note that they were carried out."""

import threading
import time
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import Done
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.refused import Refused
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TemporaryVolumes
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener

NOTHING = {"copies": [], "servers": []}


def disk(index=0, kind="image", **given):
    of = {"server_image_snapshot": {"server": "s"}} if kind == "image" else {"volume_snapshot": {"volume": "v"}}
    return {
        "index": index,
        "id": f"disk-{index}",
        "kind": kind,
        "method": "stream",
        "volume_type": None,
        "image_from_snapshot": {"name": "image"} if kind == "volume" else None,
        "image_copy": {"name": "copy"},
        "volume_restore": {"name": "volume"} if kind == "volume" else None,
        "delete_on_termination": False,
        "device": None,
        "tag": None,
        "size": 1,
        "target": kind,
        "found": {},
        **of,
        **given,
    }


def plan(*disks, **given):
    return {
        "server_name": "web",
        "server_id": "s",
        "status": "ACTIVE",
        "complete": False,
        "verified": True,
        "unverified": None,
        "stale": NOTHING,
        "findings": [],
        "server_power": {"server": "s"},
        "server_restore": {"id": None, "name": "web"},
        "power": "on",
        "ports": [],
        "floating_ips": [],
        "found": {"server": {"id": "new"}},
        "disks": list(disks or [disk()]),
        **given,
    }


class World:
    """Looks that are given beforehand, and links that are noted; ``faults`` maps (operation, name) to an error."""

    def __init__(self, monkeypatch, *looks, state="complete", stop=True, faults=None):
        self.did, self.looks, self.faults, self.progress = [], list(looks), faults or {}, Listener()
        self.here, self.there = FakeCloud(), FakeCloud()
        self.here.peer, self.unmarked, self.as_unfinished, self.turn = self.there, [], None, None
        self.marked = []
        params = {"state": state, "stop": stop, "run": "r", "verification": "image", "timeout": 9}
        params |= {"copies": 2, "window_end": None, "wait": True}
        self.context = Context(self.here, params, self.progress)
        self.lanes = Lanes(dict.fromkeys((*carry_out.LANES, carry_out.OFF), 1), self.progress.check)
        self.checks = None
        monkeypatch.setattr(carry_out, "carry_out", self._carry_out)
        self.noted = []  # (server, whether it is stopped, what was done before)
        monkeypatch.setattr(
            carry_out.source_note,
            "write",
            lambda cloud, row, run, state, stop: self.noted.append((row["id"], stop, len(self.did))),
        )
        monkeypatch.setattr(carry_out.lock, "lock", lambda service, row, why: self.did.append(("lock", why)))
        monkeypatch.setattr(
            carry_out,
            "Servers",
            lambda cloud: SimpleNamespace(
                get=lambda id: {"id": id},
                unset_metadata=lambda row, key: self.unmarked.append((row["id"], key)),
                set_metadata=lambda row, values: self.marked.append((row["id"], values)),
            ),
        )

    def _carry_out(self, operation, item, *, within, cloud, **params):
        name = type(operation).__name__
        error = self.faults.get((name, item.get("name") or item.get("server")))
        if callable(error):
            error = error()
        if error:
            raise error
        self.did.append((name, "there" if cloud is self.there else "here", item, params))
        return Done(Outcome({"id": f"id of {name}"}), True)

    def __call__(self):
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, Exception):
            raise found
        return found

    def unfinished(self):
        return self.as_unfinished or plan()

    def arrived(self, id):
        return {**self(), "arrived": id}

    def go(self):
        self.chain = carry_out.Chain(
            self.context, self.lanes, self, lambda: self.turn and self.turn(), Measured(1), checks=self.checks
        )
        return self.chain.go()

    @property
    def names(self):
        return [one[0] for one in self.did]


def test_nothing_is_done_to_a_server_that_is_deferred(monkeypatch):
    world = World(monkeypatch, plan(stale={"copies": [{"id": "old"}]}))
    world.context.params["window_end"] = "2000-01-01T00:00:00Z"
    with pytest.raises(NotSent, match="is deferred, and was not stopped"):
        world.go()
    assert world.did == [] and world.noted == []


ALL = ["ServerPower", "lock", "ServerImageSnapshot", "ImageCopy", "ServerRestore"]


@pytest.mark.parametrize("state, does", [("copied", ALL[:4]), ("moved", ALL), ("complete", [*ALL, "ServerRestore"])])
def test_a_chain_ends_with_its_state(monkeypatch, state, does):
    world = World(monkeypatch, plan(), state=state)
    world.go()
    assert world.names == does
    assert [entry["what"] for entry in world.chain.timeline.entries][:2] == ["stop", "snapshot"]


def test_a_rehearsal_stops_nothing_and_one_without_stop_neither(monkeypatch):
    for given in ({"state": "rehearsed"}, {"stop": False, "state": "moved"}):
        world = World(monkeypatch, plan(), **given)
        world.go()
        assert world.names == ALL[2:]


PANIC = {"console": "login:", "console_not": "panic", "timeout": 9, "must_succeed": None}


def checked(monkeypatch, text, *looks, **given):
    """A world in which every server's console shows a text."""
    world = World(monkeypatch, *looks or [plan(found={"server": {"id": "new"}, "rehearsal": {"id": "twin"}})], **given)
    world.checks, world.read = PANIC, []
    monkeypatch.setattr(
        carry_out, "ServerConsole", lambda cloud: SimpleNamespace(of=lambda id: world.read.append((cloud, id)) or text)
    )
    return world


def test_what_is_not_on_the_console_blocks_the_mark(monkeypatch):
    world = checked(monkeypatch, "Kernel panic")
    with pytest.raises(
        Refused, match="The new server new has not passed its check: its console shows 'Kernel panic'"
    ) as raised:
        world.go()
    (found,) = raised.value.as_result()["findings"]
    assert (found["code"], found["severity"], found["stops"]) == ("check_failed", "blocks", True)
    assert found["sentence"] == str(raised.value) and found["object"] == "server 'web'"
    assert found["remedy"] == "See to it, or roll back, then run again."
    assert world.names == ALL and world.read == [(world.there, "new")]


def test_what_is_there_is_checked_before_the_mark_and_noted(monkeypatch):
    world = checked(monkeypatch, "login:")
    world.go()
    assert world.names == [*ALL, "ServerRestore"] and world.chain.told == []
    assert [entry["what"] for entry in world.chain.timeline.entries][-2:] == ["check", "complete"]


def test_a_rehearsal_is_checked_too(monkeypatch):
    world = checked(monkeypatch, "Kernel panic", state="rehearsed")
    with pytest.raises(OsnapError, match="twin has not passed its check"):
        world.go()


@pytest.mark.parametrize(("given", "state"), [({"power": "off"}, "complete"), ({}, "moved"), ({}, "copied")])
def test_what_is_off_or_not_to_be_marked_is_not_checked(monkeypatch, given, state):
    world = checked(monkeypatch, "Kernel panic", plan(**given), state=state)
    world.go()
    assert world.read == []


def test_a_check_that_need_not_succeed_is_only_told(monkeypatch):
    world = checked(monkeypatch, "Kernel panic")
    world.checks = {**PANIC, "must_succeed": False}
    world.go()
    assert world.names == [*ALL, "ServerRestore"]
    (told,) = world.chain.told
    assert told == "The new server new has not passed its check: its console shows 'Kernel panic'."
    assert told.code == "check_failed" and not told.data()["stops"]


def test_what_a_rollback_has_to_know_is_noted_before_the_server_is_stopped(monkeypatch):
    for given, noted in (
        ({}, ("s", True, 0)),
        ({"stop": False}, ("s", False, 0)),
        ({"state": "rehearsed"}, ("s", False, 0)),
    ):
        world = World(monkeypatch, plan(), **given)
        world.go()
        assert world.noted == [noted]


def test_one_that_has_arrived_is_left_alone(monkeypatch):
    world = World(monkeypatch, plan(complete=True, stale={"copies": [{"id": "x"}]}))
    assert world.go()["complete"] and world.did == []


def test_a_volume_becomes_a_volume_of_the_new_server(monkeypatch):
    disks = [disk(), disk(1, "volume", device="/dev/vdb")]
    world = World(monkeypatch, plan(*disks), state="moved")
    world.go()
    by_name = {one[0]: one for one in world.did if one[0] != "lock"}
    assert by_name["ImageFromSnapshot"][2]["snapshot"] == "id of VolumeSnapshot"
    assert {one[2]["image"] for one in world.did if one[0] == "ImageCopy"} == {
        "id of ServerImageSnapshot",
        "id of ImageFromSnapshot",
    }
    assert by_name["VolumeRestore"][1:3] == ("there", {"name": "volume", "image": "id of ImageCopy"})
    assert by_name["ServerRestore"][2] == {
        "id": None,
        "name": "web",
        "image": "id of ImageCopy",
        "disks": [{"volume": "id of VolumeRestore", "delete_on_termination": False, "device": "/dev/vdb"}],
    }


def test_of_a_root_volume_no_image_is_booted(monkeypatch):
    world = World(monkeypatch, plan(disk(0, "volume")), state="moved")
    world.go()
    item = next(one for one in world.did if one[0] == "ServerRestore")[2]
    assert item["image"] is None and [one["volume"] for one in item["disks"]] == ["id of VolumeRestore"]


def test_a_server_that_is_there_is_compared_and_gets_no_ports(monkeypatch):
    there = plan(server_restore={"id": "new", "name": None}, ports=[{"name": "p"}])
    world = World(monkeypatch, there, state="moved")
    world.go()
    assert "ServerPort" not in world.names
    assert world.did[-1][2] == {"id": "new", "name": None, "image": "id of ImageCopy"}


def test_ports_come_before_the_boot_and_power_after_it(monkeypatch):
    ports = [{"name": "p"}, {"name": "q", "tag": "front"}]
    world = World(monkeypatch, plan(ports=ports, power="off"), state="moved")
    world.go()
    assert world.names[-4:] == ["ServerPort", "ServerPort", "ServerRestore", "ServerPower"]
    assert world.did[-3][2] == {"name": "q"}, "the tag is Nova's"
    assert world.did[-2][2]["networks"] == [{"port": "id of ServerPort"}, {"port": "id of ServerPort", "tag": "front"}]
    assert world.did[-1][1] == "there" and world.did[-1][3]["state"] == "stopped"


def codes(caught):
    return [one["code"] for one in caught.value.as_result()["findings"]]


STALE = plan(stale={"copies": [{"id": "c"}]}, unverified="it was started at noon")


def test_nothing_is_booted_of_what_has_become_stale_meanwhile(monkeypatch):
    world = World(monkeypatch, plan(), STALE, state="moved")
    with pytest.raises(Refused) as caught:
        world.go()
    assert str(caught.value) == (
        "The server 'web' (s) has changed since its snapshot: it was started at noon; run again, which copies it anew."
    )
    (found,) = caught.value.as_result()["findings"]
    assert (found["code"], found["severity"], found["stops"]) == ("changed_meanwhile", "blocks", True)
    assert (found["object"], found["sentence"]) == ("server 'web' (s)", str(caught.value))
    assert found["remedy"] == "Run again, which copies it anew." and caught.value.fields["resource"] == "s"
    assert "ServerRestore" not in world.names


@pytest.mark.parametrize("state", ["copied", "moved", "complete"])
def test_a_server_that_got_a_volume_before_its_snapshot_is_not_booted_without_it(monkeypatch, state):
    world = World(monkeypatch, plan(), plan(disk(), disk(1, "volume", id="more")), state=state)
    with pytest.raises(Refused, match="got a volume while it was moved: more; run again, which goes on with") as caught:
        world.go()
    assert codes(caught) == ["changed_meanwhile"]
    assert "ServerRestore" not in world.names


def test_stale_copies_are_no_success_of_the_state_copied_either(monkeypatch):
    world = World(monkeypatch, plan(), STALE, state="copied")
    with pytest.raises(OsnapError, match="it was started at noon"):
        world.go()


def test_what_is_stale_beforehand_goes_first_in_its_order(monkeypatch):
    stale = {
        "snapshots": [{"id": "a"}],
        "copies": [{"id": "b"}],
        "servers": [{"id": "c"}],
        "volumes": [{"id": "d"}],
        "images": [{"id": "e"}],
        "volume_snapshots": [{"id": "f"}],
    }
    world = World(monkeypatch, plan(stale=stale), plan(), state="copied")
    world.go()
    gone = [one for one in world.did if one[0] != "lock" and one[3].get("state") == "absent"]
    assert [(one[2]["id"], one[1]) for one in gone] == [
        ("c", "there"),
        ("d", "there"),
        ("b", "there"),
        ("e", "here"),
        ("a", "here"),
        ("f", "here"),
    ]
    assert world.did[: len(gone)] == gone


@pytest.mark.parametrize(
    "after",
    [
        {"stale": {"copies": [{"id": "c"}]}},
        {"findings": [{"code": "lost_writes", "stops": True}]},
    ],
)
def test_the_mark_is_taken_back_if_somebody_acted_right_before_it(monkeypatch, after):
    world = World(monkeypatch, plan())
    world.as_unfinished = plan(**after, unverified="it was started at noon")
    with pytest.raises(Refused, match="it was started at noon. It is not marked as complete; run again") as caught:
        world.go()
    assert codes(caught) == ["changed_meanwhile"]
    assert world.unmarked == [("new", "osnap_complete")] and world.marked == []


def test_the_mark_says_that_it_is_not_looked_at_yet_until_it_is(monkeypatch):
    """Test a move to its end. Verify that a killed one leaves no mark that anybody believes before the last look."""
    world = World(monkeypatch, plan())
    looked = []
    world.unfinished = lambda: looked.append(list(world.marked)) or plan()
    assert world.go()["arrived"] == "new"
    assert world.did[-1][2]["metadata"] == {"osnap_complete": "checking"}
    assert looked == [[]] and world.marked == [("new", {"osnap_complete": "true"})]


def test_what_is_accepted_does_not_take_the_mark_back(monkeypatch):
    world = World(monkeypatch, plan())
    world.as_unfinished = plan(
        findings=[{"code": "lost_writes", "stops": False}, {"code": "server_missing", "stops": True}]
    )
    world.go()
    assert world.unmarked == []


def test_what_has_not_arrived_is_not_marked(monkeypatch):
    world = World(monkeypatch, plan(verified=False, unverified="the images differ"))
    with pytest.raises(Refused, match="has not arrived: the images differ; look at the new server") as caught:
        world.go()
    assert codes(caught) == ["not_arrived"]
    assert world.names == ALL


def test_a_check_marks_and_does_nothing_before(monkeypatch):
    world = World(monkeypatch, plan(), state="checked")
    assert world.go()["arrived"] == "new"
    assert world.names == ALL[-1:] and world.noted == []
    assert World(monkeypatch, plan(complete=True), state="checked").go()["complete"]


def test_a_check_of_what_somebody_has_removed_since_boots_nothing(monkeypatch):
    """Test a server that is gone between the plan and the chain. Verify that the look's refusal is the end of it."""
    world = World(monkeypatch, Refused("It is not there.", []), state="checked")
    with pytest.raises(Refused, match="It is not there"):
        world.go()
    assert world.did == []


def test_a_problem_that_has_come_up_ends_the_chain_before_anything(monkeypatch):
    world = World(monkeypatch, OsnapError("It is gone."))
    with pytest.raises(OsnapError, match="It is gone"):
        world.go()
    assert world.did == []


def test_whoever_never_gets_its_turn_has_its_disks_copied(monkeypatch):
    world = World(monkeypatch, plan())

    def turn():
        raise OsnapError("The other one did not boot.")

    world.turn = turn
    with pytest.raises(OsnapError, match="did not boot"):
        world.go()
    assert world.names == ALL[:4]


@pytest.mark.parametrize("status", [401, 413])
def test_what_dooms_all_is_told_as_it_is_and_not_as_what_was_not_begun(monkeypatch, status):
    error = OsnapError("Full.", status=status, stops_work=True)
    world = World(monkeypatch, plan(disk(), disk(1, "volume")), faults={("VolumeSnapshot", None): error})
    monkeypatch.setattr(
        world.context.__class__, "map", lambda self, work, items, threads: [NotSent("Not attempted: Full."), error]
    )
    with pytest.raises(OsnapError) as caught:
        world.go()
    assert caught.value is error


def test_a_job_that_is_gone_inside_the_thread_of_one_disk_ends_them_all(monkeypatch):
    """The other disk's thread is within a lane meanwhile; nobody waits for ever, and no error is made of it."""
    entered = threading.Event()

    def gone():
        entered.set()
        raise JobGone()

    world = World(monkeypatch, plan(disk(), disk(1, "volume")), faults={("ImageFromSnapshot", "image"): gone})
    with pytest.raises(JobGone):
        world.go()
    assert entered.is_set()
    with world.lanes.lane(carry_out.CONVERSIONS, "None"), world.lanes.lane(carry_out.COPIES):
        pass  # each place was left again


def test_a_link_is_given_the_time_of_the_task_and_a_copy_its_verification(monkeypatch):
    world = World(monkeypatch, plan(), state="copied")
    world.go()
    assert all(one[3]["timeout"] == 9 for one in world.did if one[0] != "lock")
    assert world.did[-1][3]["verification"] == "image"


def test_what_a_killed_task_was_making_of_a_stale_snapshot_goes_with_it(monkeypatch):
    """Neither the temporary volume nor the image without its data says which run it is of."""
    world = World(monkeypatch, plan(stale={"volume_snapshots": [{"id": "f"}]}), plan(), state="copied")
    world.here.snapshot(id="f", name="osnap-r-v", volume_id="v")
    temporary = TemporaryVolumes.name_of("f", "osnap-r-v")
    marks = {"osnap_source": "f", "osnap_step": "image_from_snapshot"}
    world.here.volume(id="t", name=temporary, snapshot_id="f", metadata=marks, attachments=[])
    world.here.volume(id="u", name=temporary, snapshot_id="f", metadata={}, attachments=[])
    world.here.image(id="i", name="osnap-r-v", osnap_source="f", status="queued")
    world.here.image(id="j", name="osnap-r-v", osnap_source="other")
    world.go()
    assert set(world.here.cinder.tables["/volumes"]) == {"u"}
    assert [one[2]["id"] for one in world.did if one[0] != "lock" and one[3].get("state") == "absent"] == ["i", "f"]


def test_a_server_is_off_for_its_own_copy_and_not_for_those_of_others(monkeypatch):
    """Test two servers and one place for copies. Verify that the second is stopped when the first is copied."""
    world = World(monkeypatch, plan(), state="copied")
    world.go()
    assert world.chain.places is not None
    order = []
    monkeypatch.setattr(
        carry_out,
        "carry_out",
        lambda operation, item, **params: (
            order.append(type(operation).__name__) or time.sleep(0.01) or Done(Outcome({"id": "x"}), True)
        ),
    )

    def chain():
        return carry_out.Chain(world.context, world.lanes, world, lambda: None, Measured(1), 1).go()

    world.lanes.run([chain, chain], 2)
    assert order == ["ServerPower", "ServerImageSnapshot", "ImageCopy"] * 2


def test_the_next_one_is_stopped_while_the_first_is_still_copied_if_it_is_known_when_that_ends(monkeypatch):
    world, order = World(monkeypatch, plan(), state="copied"), []
    measured = Measured(1)
    for what in ("stop", "snapshot", "copy"):
        measured.add(what, 0.01, 100)

    def link(operation, item, **params):
        name = type(operation).__name__
        order.append(f"{name} begins")
        if name == "ImageCopy":
            time.sleep(0.2)
        order.append(f"{name} ends")
        return Done(Outcome({"id": "x", "size": 100}), False)

    monkeypatch.setattr(carry_out, "carry_out", link)

    def chain():
        return carry_out.Chain(world.context, world.lanes, world, lambda: None, measured, 1).go()

    world.lanes.run([chain, chain], 2)
    first = order.index("ImageCopy ends")
    assert [name for name in order[:first] if name.endswith("begins")].count("ServerImageSnapshot begins") == 2
    assert order.count("ImageCopy begins") == 2 and order[first + 1] == "ImageCopy begins"
