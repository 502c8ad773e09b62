# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that each code is said where it is meant: one world a code."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import Missing
from ansible_collections.osnap.openstack.plugins.module_utils._migration import preflight
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Kin, Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import ACCEPTABLE, CODES
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration import (
    test_refusals,
    test_source_removal,
    test_volume_plan,
)
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    FLAVOR,
    ITEM,
    copy_of,
    image,
    place,
    seen,
    server,
    volume,
    with_port,
    world,
)

#: ``{code: (what is there, the items or None, the options)}``.
WORLDS: dict[str, tuple] = {}


def case(code, at, *items, **options):
    WORLDS[code] = (at, [{**ITEM, **one} for one in items] or [ITEM], options)


def changed(at, change):
    change(at)
    return at


def plain(**given):
    """A server with Nova's own disk."""
    return seen(server(image_id="base", **given))


def of_flavor(**given):
    return plain(flavor={**FLAVOR, **given})


def with_root(**given):
    return seen(server(volumes=["v1"]), {**volume("v1", "/dev/vda", bootable=True), **given})


def of_image(**properties):
    return seen(server(image_id="base"), images={"base": {**image("base", "base"), "properties": properties}})


def booked(at, **given):
    at.project_id = "mine"
    return at


case("server_missing", seen(Missing("There is no server named 'web01'.")))
case("server_twice", changed(plain(), lambda at: at.servers.append(at.servers[0])), {}, {"server": "s1"})
two = plain()
two.servers.append(server("s2", image_id="base"))
case("name_twice", two, {}, {"server": "s2"})
case("name_taken", seen(server(image_id="base"), made=[server("other")]))
case("arguments", plain(), {"metadata": {"osnap_complete": "true"}})
case("same_project", seen(server(image_id="base"), made=[server("s1", name="else")]))
case("server_foreign", booked(plain(project_id="theirs")))
case("server_busy", plain(task_state="rebooting"))
case("server_status", plain(status="ERROR"))
case("server_locked", plain(is_locked=True))
case("ephemeral", of_flavor(ephemeral=10))
case("swap", of_flavor(swap=512))
case("vtpm", of_flavor(extra_specs={"hw:tpm_version": "2.0"}))
case("uefi_variables", of_image(hw_firmware_type="uefi"))
case("disk_encrypted", of_flavor(extra_specs={"hw:ephemeral_encryption": "true"}))
case("floating_ip", plain(addresses={"private": [{"addr": "1.2.3.4", "OS-EXT-IPS:type": "floating"}]}))
case("heat_stack", plain(metadata={"metering.stack": "stack-7"}))
case("root_changes", plain(), target_boot="volume")
case("not_stopped", plain(), stop=False)

case("volume_missing", seen(server(volumes=["v1"])))
case("volume_foreign", booked(with_root(project_id="theirs")))
case("volume_encrypted", with_root(is_encrypted=True))
case("volume_multiattach", with_root(is_multiattach=True))
case("volume_status", with_root(status="error"))
case("root_unknown", with_root(is_bootable=False))
case("volume_renamed", changed(with_root(), lambda at: at.made_volumes.append(volume("x", None, name="name of v1"))))
case("volume_type_missing", with_root(volume_type="fast"), volume_type_map={"fast": "none"})
case("volume_type_default", with_root(volume_type="fast"))
case("source_quota", changed(with_root(), lambda at: at.source_room.update(snapshots=0)))
case("volume_quota", changed(with_root(), lambda at: at.place.volume_room.update(volumes=0)))
case("volume_too_large", changed(with_root(), lambda at: at.place.volume_room.update({"GiB of a single volume": 1})))
case("network_quota", changed(plain(), lambda at: at.place.network_room.update(ports=0)))
case("image_quota", changed(plain(), lambda at: at.place.image_room.update(image_count_total=0)))
case("method_impossible", plain(), method="share")
case("disk_unknown", plain(), {"disk_methods": {"gone": "stream"}})
case("image_shared", changed(plain(), lambda at: setattr(at, "kin", Kin(glance=True, there="theirs"))))
case("deep_impossible", with_root(), verification="deep", disk_format="qcow2")
case(
    "disk_format_refused",
    changed(with_root(), lambda at: setattr(at, "disk_formats", ("raw", "vmdk"))),
    disk_format="qcow2",
)
case("volume_metadata_stay", with_root(metadata={"a/b": "c"}))

case("lost_writes", changed(world("moved"), lambda at: at.since.update(s1=["the server was started"])))
case("stale", changed(world("copied"), lambda at: at.since.update(s1=["the server was started"])))
case("made_twice", changed(world("moved"), lambda at: at.made.append({**at.made[0], "id": "n2"})))
case(
    "name_of_run_taken",
    changed(world("snapshot"), lambda at: at.volume_snapshots["osnap-migration-v1"][0].update(metadata={})),
)


def protected(at):
    at.since = {"s1": ["the server was started"]}
    copy_of(at, "v1")["is_protected"] = True


case("stale_protected", changed(world("copied"), protected))
case("leftover_broken", changed(world("volumes"), lambda at: at.made_volumes[0].update(status="error")))
case("copy_changed", changed(world("copied"), lambda at: copy_of(at, "v1").update(is_hidden=True)))
case("copy_orphaned", changed(world("copied"), lambda at: at.source_images.clear()))
case("volume_elsewhere", changed(world("volumes"), lambda at: copy_of(at, "v1").update(id="another")))
case("new_server_failed", changed(world("moved"), lambda at: at.made[0].update(status="ERROR")))
case("new_server_elsewhere", changed(world("moved"), lambda at: at.made[0].update(attached_volumes=[])))
case("rehearsed_too_late", world("moved"), state="rehearsed")

flavor = {"id": "1", "name": "m1.small", "vcpus": 2, "ram": 2048, "disk": 20}
case("flavor_missing", seen(server(image_id="base"), place=place(flavors=[])))
case("flavor_disk", seen(server(image_id="base"), place=place(disk=1)))
case(
    "flavor_memory",
    seen(server(image_id="base"), images={"base": {**image("base", "base"), "properties": {}, "min_ram": 9999}}),
)
case("flavor_less_memory", of_flavor(ram=4096))
case("network_missing", seen(server(image_id="base"), place=place(networks=[])))
case(
    "port_missing",
    seen(server(image_id="base"), place=place(ports={"door": OsnapError("There is no port named 'door'.")})),
    {"networks": [{"port": "door", "network": None, "fixed_ip": None}]},
)
case("no_network", plain(addresses={}))
case("misplaced", seen(server(image_id="base"), place=place(zones=set())), {"availability_zone": "nowhere"})
case("key_pair_missing", plain(), {"key_name": "mine"})
case("key_pair_stays", plain(key_name="mine"))
case("security_group_missing", plain(), {"security_groups": ["none"]})
case("security_group_stays", plain(security_groups=["none"]))
case("quota", seen(server(image_id="base"), place=place(room={"instances": 0, "cores": None, "ram": None})))
case("address_unfit", with_port(fixed_ips=[{"subnet_id": "x", "ip_address": "192.0.2.7"}]), keep_addresses=True)
case("port_policy", with_port(), keep_addresses=True)
case("address_pairs_stay", with_port(allowed_address_pairs=[{"ip_address": "10.0.0.9"}]))
case("port_security_on", with_port(is_port_security_enabled=False))
case("qos_stays", with_port(qos_policy_id="gold"))
approved = judge([ITEM], plain(), Options())["plan_digest"]
case("plan_changed", plain(name="renamed"), plan_digest=approved)
case("trunk_stays", with_port(trunk_details={"trunk_id": "t"}))
rival = {**with_port().source_ports["s1"][0], "id": "other", "network_id": "net", "device_id": "x"}
case("mac_taken", changed(with_port(), lambda at: at.place.used.append(rival)), keep_mac=True)
case("load_balancer", changed(plain(), lambda at: at.pools.update({"10.0.0.5": ["web"]})))
case("server_group_stays", plain(server_groups=["g1"]))
outward = plain(
    addresses={
        "private": [
            {"addr": "10.0.0.5", "OS-EXT-IPS:type": "fixed"},
            {"addr": "1.2.3.4", "OS-EXT-IPS:type": "floating"},
        ]
    }
)
case("floating_ip_missing", outward, floating_ip="existing")
outward.place.networks[0]["project_id"] = outward.place.project_id
case("floating_ip_unreachable", outward, floating_ip="new")
case("description_stays", changed(plain(description="ours"), lambda at: at.place.lacks.add("description")))


@pytest.mark.parametrize("code", WORLDS)
def test_a_code_is_said_of_its_world(code):
    at, items, options = WORLDS[code]
    found = [note for note in judge(items, at, Options(**options))["findings"] if note["code"] == code]
    assert found, "nothing says so"
    note = found[0]
    assert note["severity"] == CODES[code].severity and note["object"] and note["remedy"].endswith(".")
    assert note["sentence"].endswith(".")
    if note["severity"] == "blocks":
        assert note["stops"]
    if note["severity"] == "changes":
        assert not note["stops"]


def test_an_order_that_cannot_be_kept_is_a_problem_of_all():
    items = [{**ITEM, "wave": None, "boot_after": ["nobody"]}]
    judged = preflight.with_waves(items, judge(items, plain(), Options()))
    assert [note["code"] for note in judged["findings"]] == ["boot_order"] and len(judged["problems"]) == 1


def test_each_code_has_a_world():
    removal = {code for code, *_rest in test_source_removal.REFUSALS} | test_refusals.SAID
    # Of all, of a console, of a chosen snapshot; of a chain: see test_carry_out and test_migration.
    other = {"boot_order", "check_failed", "snapshot_chosen", "changed_meanwhile", "predecessor_failed"}
    assert set(CODES) - set(WORLDS) - set(test_volume_plan.WORLDS) - removal == other


@pytest.mark.parametrize("code", ACCEPTABLE)
def test_a_loss_stops_until_it_is_accepted(code):
    at, items, options = WORLDS[code]
    for accept, stops in (((), True), ((code,), False)):
        found = judge(items, at, Options(**options, accept=accept))["findings"]
        assert {note["stops"] for note in found if note["code"] == code} == {stops}
