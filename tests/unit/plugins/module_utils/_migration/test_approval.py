# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that what was approved is told apart from anything else, and from what is the same at another moment."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import approval, asked
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    FLAVOR,
    ITEM,
    STEPS,
    image,
    look,
    place,
    seen,
    server,
    volume,
    with_port,
    world,
)


def plain():
    """A server with a bit of everything, and a data volume."""
    there = place(
        key_pairs={"mine"},
        security_groups=[{"id": "g1", "name": "web"}],
        volume_types=["fast", "usual"],
        project_id="theirs",
    )
    row = server(
        image_id="base",
        volumes=["v1"],
        key_name="mine",
        security_groups=["web"],
        metadata={"tier": "db"},
        description="the shop",
        tags=["a"],
    )
    at = seen(row, volume("v1", "/dev/vdb", volume_type="fast"), place=there, project_id="ours")
    at.administrator = True  # who may stop a locked server
    return at


def approved(at, item=None, **options):
    return look(copy.deepcopy(at), item, **options)["plan_digest"]


def told(at, text, item=None, **options):
    """The problems of the server, where a text was approved."""
    return look(at, item, plan_digest=text, **options)["plans"][0]["findings"]


def row_of(at):
    return at.servers[0]


def set_row(**given):
    return lambda at: row_of(at).update(given)


def set_volume(**given):
    return lambda at: at.volumes["v1"].update(given)


def set_flavor(**given):
    return lambda at: at.place.flavors[0].update(given)


def attach(at):
    row_of(at)["attached_volumes"].append("v2")
    at.volumes["v2"] = volume("v2", "/dev/vdc")


def detach(at):
    row_of(at)["attached_volumes"].clear()
    at.volumes.clear()


def add_interface(at):
    entry = {"addr": "10.1.0.5", "OS-EXT-IPS-MAC:mac_addr": "n", "OS-EXT-IPS:type": "fixed"}
    row_of(at)["addresses"]["other"] = [entry]
    at.place.networks.append({**at.place.networks[0], "id": "net2", "name": "other"})


#: What somebody does: (what he does, what the sentence calls it).
ACTS = {
    "server renamed": (set_row(name="web02"), "its name"),
    "server stopped": (set_row(status="SHUTOFF"), "its power"),
    "server locked": (set_row(is_locked=True), "its lock"),
    "server resized": (set_row(flavor={**FLAVOR, "ram": 1024}), "its own flavor"),
    "metadata changed": (set_row(metadata={"tier": "web"}), "its metadata"),
    "metadata removed": (set_row(metadata={}), "its metadata"),
    "description changed": (set_row(description="another"), "its description"),
    "tag added": (set_row(tags=["a", "b"]), "its tags"),
    "disk grown": (set_volume(size=3), "its disks"),
    "volume renamed": (set_volume(name="other"), "its disks"),
    "volume metadata changed": (set_volume(metadata={"a": "b"}), "its disks"),
    "volume of another type": (set_volume(volume_type="usual"), "the types of their volumes"),
    "volume attached": (attach, "its disks"),
    "volume detached": (detach, "its disks"),
    "interface added": (add_interface, "its networks"),
    "server's group removed": (set_row(security_groups=[]), "its security groups"),
    "key pair changed": (set_row(key_name=None), "its key pair"),
    "configuration drive": (set_row(has_config_drive=True), "its configuration drive"),
    "base image removed": (lambda at: at.images.clear(), "the image that it was booted from"),
    "base image needs more": (lambda at: at.images["base"].update(min_ram=1024), "the image that it was booted from"),
    "flavor resized": (set_flavor(ram=4096), "the flavor that it gets"),
    "flavor made anew": (set_flavor(id="7"), "the flavor that it gets"),
    "group removed": (lambda at: at.place.security_groups.clear(), "its security groups"),
    "group made anew": (lambda at: at.place.security_groups[0].update(id="g2"), "its security groups"),
    "key pair removed": (lambda at: at.place.key_pairs.clear(), "its key pair"),
    "network made anew": (lambda at: at.place.networks[0].update(id="net3"), "its networks"),
    "volume type removed": (lambda at: at.place.volume_types.remove("fast"), "the types of their volumes"),
    "other default type": (
        lambda at: (at.place.volume_types.remove("fast"), setattr(at.place, "usual_type", "x")),
        "the types of their volumes",
    ),
    "another project": (lambda at: setattr(at.place, "project_id", "another"), "the project that it is moved to"),
    "swap": (set_row(flavor={**FLAVOR, "swap": 512}), "what it loses"),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_somebody_does_is_named(act):
    change, words = ACTS[act]
    at = plain()
    text = approved(at)
    assert told(copy.deepcopy(at), text) == [] or all(not one["stops"] for one in told(copy.deepcopy(at), text))
    change(at)
    (problem,) = [one for one in told(at, text) if one["stops"]]
    assert problem["code"] == "plan_changed"
    assert words in problem["sentence"]
    assert "The plan of the server '" in problem["sentence"] and "(s1)" in problem["sentence"]
    assert problem["object"].startswith("server 'web0")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"flavor": "1"}, None),
        ({"name": "other"}, "its name"),
        ({"metadata": {"a": "b"}}, "its metadata"),
        ({"networks": []}, "its networks"),
        ({"security_groups": []}, "its security groups"),
        ({"wave": 2}, "its wave"),
        ({"boot_after": ["db01"]}, "what it boots after"),
    ],
)
def test_what_is_asked_of_a_server_is_compared(given, words):
    at = plain()
    found = [one for one in told(at, approved(at), {**ITEM, **given}) if one["stops"]]
    assert [one["code"] for one in found] == (
        ["plan_changed"] if words else []
    )  # the same flavor by its ID is the same
    assert not words or words in found[0]["sentence"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"run": "other"}, "the way that it is moved"),
        ({"stop": False}, "the way that it is moved"),
        ({"power": "off"}, "its power"),
        ({"target_boot": "volume"}, "its disks"),
        ({"disk_format": "qcow2"}, "the way that it is moved"),
    ],
)
def test_what_is_asked_of_all_is_compared(given, words):
    at = plain()
    (problem,) = [one for one in told(at, approved(at), **given) if one["stops"]]
    assert words in problem["sentence"]


@pytest.mark.parametrize("state", ["copied", "moved", "complete"])
def test_the_states_of_a_cutover_have_one_text(state):
    assert approved(plain(), state=state) == approved(plain())


def test_an_interface_in_its_ports_is_compared():
    at = with_port({"project_id": "ours"}, allowed_address_pairs=[{"ip_address": "10.0.0.9", "mac_address": "m"}])
    text = approved(at)
    at.source_ports["s1"][0]["allowed_address_pairs"] = []
    (problem,) = [one for one in told(at, text) if one["stops"]]
    assert "its networks, its ports" in problem["sentence"]


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_goes_on_is_not_refused(step):
    text = approved(world("planned"))
    assert [one for one in told(world(step), text) if one["stops"]] == []


def test_a_rehearsal_needs_no_approval():
    text = approved(plain())  # another server's
    assert approved(world("planned"), state="rehearsed") is None
    assert [one for one in told(world("copied", rehearsal=True), text, state="rehearsed") if one["stops"]] == []


@pytest.mark.parametrize("step", ["snapshot", "copied", "moved"])
def test_what_was_approved_may_be_rehearsed_before(step):
    text = approved(world("planned", rehearsal=True))
    assert [one for one in told(world(step, rehearsal=True), text, stop=False) if one["stops"]] != []
    assert [one for one in told(world(step, rehearsal=True), text) if one["stops"]] == []


@pytest.mark.parametrize("step", ["snapshot", "copied", "volumes"])
def test_as_long_as_the_new_server_is_not_there_its_text_is_that_of_the_first_moment(step):
    assert approved(world(step)) == approved(world("planned"))


@pytest.mark.parametrize("step", ["snapshot", "copied", "volumes", "moved"])
def test_what_differs_while_it_is_on_its_way_is_named(step):
    text, at = approved(world("planned")), world(step)
    at.servers[0]["name"] = "web02"
    assert any("its name" in one["sentence"] for one in told(at, text) if one["code"] == "plan_changed")


def test_our_own_lock_is_none_and_that_of_others_is():
    text, at = approved(world("planned")), world("snapshot")
    row = at.servers[0]
    row.update(is_locked=True)
    assert any("its lock" in one["sentence"] for one in told(copy.deepcopy(at), text) if one["stops"])
    row["metadata"] |= {"osnap_run": "migration", "osnap_step": "stop"}
    assert [one for one in told(at, text) if one["stops"]] == []


def test_a_server_that_is_complete_is_not_refused():
    text = approved(plain())  # another server's
    assert [one for one in told(world("complete"), text) if one["stops"]] == []


def test_a_server_that_can_not_be_moved_has_no_text():
    at = plain()
    at.place.flavors.clear()
    judged = look(at)
    assert judged["plan_digest"] is None and judged["plans"][0]["plan_digest"] is None


def test_a_quota_that_is_too_small_leaves_nothing_to_approve():
    at = plain()
    at.place.room["instances"] = 0
    judged = look(at)
    assert judged["problems"] and judged["plan_digest"] is None


# -- fleets


def fleet(**options):
    """Two servers."""
    at = plain()
    other = server("s2", image_id="base", name="web02", metadata={})
    at.servers.append(other)
    return judge([ITEM, {**ITEM, "server": "web02"}], at, Options(**options))


def test_the_text_of_a_fleet_has_each_of_its_servers_in_any_order():
    judged = fleet()
    texts = [one["plan_digest"].split(":")[1] for one in judged["plans"]]
    assert judged["plan_digest"] == approval.together(reversed(texts))
    assert not [one for one in fleet(plan_digest=judged["plan_digest"])["findings"] if one["stops"]]


def test_the_text_of_one_server_is_one_of_its_own():
    for plan in fleet()["plans"]:
        assert approval.problem(plan["plan_digest"]) is None
    first = fleet()["plans"][0]["plan_digest"]
    assert [
        [one["code"] for one in plan["findings"] if one["stops"]] for plan in fleet(plan_digest=first)["plans"]
    ] == [
        [],
        ["plan_changed"],
    ]


def test_a_part_of_an_approved_fleet_may_go():
    text = fleet()["plan_digest"]
    assert not [one for one in told(plain(), text) if one["stops"]]


def test_a_server_that_nobody_has_approved_is_refused_and_the_others_go():
    judged = fleet(plan_digest=approved(plain()))
    assert [[one["code"] for one in plan["findings"] if one["stops"]] for plan in judged["plans"]] == [
        [],
        ["plan_changed"],
    ]
    assert "'web02' (s2) in cloud 'source' is not among the servers" in judged["problems"][0]


# -- the text


def test_the_text_is_short():
    assert len(approved(plain())) <= 80


def test_white_space_does_not_matter():
    text = approved(plain())
    assert approval.problem(f" {text[:20]}\n{text[20:]}\n") is None
    assert [one for one in told(plain(), f"{text[:20]}\n {text[20:]}\n") if one["stops"]] == []


def test_texts_of_several_groups_are_one():
    text = "".join(plan["plan_digest"] for plan in fleet()["plans"])
    assert approval.problem(text) is None
    assert not [one for one in fleet(plan_digest=text)["findings"] if one["stops"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "no digest"),
        (lambda text: "yes", "no digest"),
        (lambda text: "2" + text[1:], "no digest"),
        (lambda text: text[:-1], "not whole"),
        (lambda text: text[:30] + text[31:], "not whole"),
        (lambda text: text[:30] + "_" + text[31:], "not whole"),
        (lambda text: "1::AAAA", "not whole"),
        (lambda text: text + text[:-1], "not whole"),
        (lambda text: text + "yes", "not whole"),
    ],
)
def test_what_is_no_digest_is_an_error_of_the_task(change, words):
    params = {"run": "migration", "plan_digest": change(approved(plain()))}
    (clause,) = asked.of_task(params)
    assert words in clause


def test_the_text_has_no_values():
    assert "web01" not in approved(plain()) and "ours" not in approved(plain())


def test_sentences_stay_short():
    at = plain()
    text = approved(at)
    row_of(at)["metadata"] = {f"key{number}": "x" * 50 for number in range(20)}
    (problem,) = [one for one in told(at, text) if one["stops"]]
    assert len(problem["sentence"]) < 600 and "…" in problem["sentence"]


def test_images_that_are_known_by_their_id_alone():
    at = plain()
    text = approved(at)
    at.images["base"] = {**image("base", "renamed"), "properties": {}}
    assert [one for one in told(at, text) if one["stops"]] == []
