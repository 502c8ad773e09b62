# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the destination lacks, and the playbook that makes it."""

from __future__ import annotations

import jinja2
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import lacking, lacking_rows
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.lacking import Lacking, Source
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    FLAVOR,
    ITEM,
    place,
    seen,
    server,
    world,
)


def bare(**given):
    """A server, of whose belongings the destination has nothing."""
    row = server(image_id="base", key_name="mine", security_groups=["default", "web"], **given)
    return seen(row, place=place(flavors=[], networks=[], choice=[]))


def found(at, item=None, **options):
    return lacking.of([item or ITEM], at, Options(**options))


def test_everything_is_lacking_by_the_name_that_it_would_have():
    assert found(bare()) == Lacking({"m1.small": FLAVOR}, {"private": "private"}, {"web": "web"}, {"mine": "mine"})
    mapped = found(
        bare(),
        flavor_map={"m1.small": "s1"},
        network_map={"private": "inner"},
        security_group_map={"web": "http"},
        key_map={"mine": "ours"},
    )
    assert mapped == Lacking({"s1": FLAVOR}, {"inner": "private"}, {"http": "web"}, {"ours": "mine"})


def test_what_is_there_or_was_asked_for_otherwise_is_not():
    there = place(security_groups=[{"id": "g", "name": "web"}], key_pairs={"mine"})
    at = bare()
    at.place = there
    assert not found(at)
    asked = {**ITEM, "flavor": "x", "networks": [], "security_groups": [], "key_name": "x"}
    assert not found(bare(), asked)


def test_several_of_a_name_are_not_lacking():
    at = bare()
    at.place.networks = [{"id": id, "name": "private"} for id in ("a", "b")]
    assert found(at).networks == {}


def test_nothing_is_lacking_where_the_new_server_is_there_or_the_old_one_is_not():
    at = world("moved")
    at.place.flavors = []
    assert not found(at)
    at = bare()
    at.servers = [OsnapError("gone")]
    assert not found(at)
    at.place = None
    assert not found(at)


def tasks(found, **source):
    (play,) = lacking.playbook(found, Source(**source), "target")
    assert play["hosts"] == "localhost" and play["module_defaults"] == {
        "group/openstack.cloud.openstack": {"cloud": "target"}
    }
    assert all(task["name"] for task in play["tasks"])
    return [{key: value for key, value in task.items() if key != "name"} for task in play["tasks"]]


def test_nothing_lacking_is_no_play():
    assert lacking.playbook(Lacking(), Source(), "target") == []


def test_a_flavor_has_what_the_source_has():
    own = {**FLAVOR, "swap": "", "ephemeral": 5, "extra_specs": {"hw:cpu_policy": "shared"}}
    assert tasks(Lacking({"s1": own})) == [
        {
            "openstack.cloud.compute_flavor": {
                "name": "s1",
                "vcpus": 2,
                "ram": 2048,
                "disk": 20,
                "ephemeral": 5,
                "extra_specs": {"hw:cpu_policy": "shared"},
            }
        }
    ]


def test_a_network_comes_with_its_subnets():
    subnet = {"name": "", "network_id": "n1", "cidr": "10.0.0.0/24", "ip_version": 4, "enable_dhcp": False}
    made = tasks(
        Lacking(networks={"inner": "private"}),
        networks=[{"id": "n1", "name": "private"}, {"id": "n2", "name": "other"}],
        subnets=[{**subnet, "gateway_ip": None, "dns_nameservers": []}, {**subnet, "network_id": "n2"}],
    )
    assert made == [
        {"openstack.cloud.network": {"name": "inner"}},
        {
            "openstack.cloud.subnet": {
                "name": "inner-0",
                "network": "inner",
                "cidr": "10.0.0.0/24",
                "ip_version": 4,
                "is_dhcp_enabled": False,
                "disable_gateway_ip": True,
            }
        },
    ]


def test_a_group_comes_with_its_rules_and_a_remote_group_by_its_name():
    rule = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 80, "port_range_max": 80}
    groups = [
        {"id": "g1", "name": "web", "description": "", "security_group_rules": [{**rule, "remote_group_id": "g1"}]},
        {"id": "g2", "name": "other"},
    ]
    assert tasks(Lacking(groups={"http": "web"}), groups=groups) == [
        {
            "openstack.cloud.security_group": {
                "name": "http",
                "security_group_rules": [
                    {
                        "direction": "ingress",
                        "ether_type": "IPv4",
                        "protocol": "tcp",
                        "port_range_min": 80,
                        "port_range_max": 80,
                        "remote_group": "http",
                    }
                ],
            }
        }
    ]


def groups_of(**rules):
    """Groups by name, each with the names of those that its rules speak of."""
    return [
        {
            "id": f"id-{name}",
            "name": name,
            "security_group_rules": [{"remote_group_id": f"id-{one}"} for one in remotes],
        }
        for name, remotes in rules.items()
    ]


def test_groups_whose_rules_speak_of_each_other_are_made_before_their_rules():
    made = tasks(Lacking(groups={"a": "a", "b": "b", "c": "c"}), groups=groups_of(a=["b", "a"], b=["a", "c"], c=["c"]))
    assert [one["openstack.cloud.security_group"] for one in made] == [
        {"name": "b"},
        {"name": "a", "security_group_rules": [{"remote_group": "a"}, {"remote_group": "b"}]},
        {"name": "c"},
        {"name": "b", "security_group_rules": [{"remote_group": "a"}, {"remote_group": "c"}]},
        {"name": "c", "security_group_rules": [{"remote_group": "c"}]},
    ]


def test_groups_that_rules_speak_of_are_lacking_as_well_and_those_that_are_there_have_their_names():
    at = seen(
        server(image_id="base"), place=place(security_groups=[{"id": "g", "name": "there"}, {"id": "h", "name": "new"}])
    )
    source = Source(
        groups=groups_of(a=["b", "there", "old", "default", "gone"], b=["a", "c"], c=[], old=[], there=[], default=[]),
        renamed={"old": "new", "c": "see"},
    )
    found = lacking.with_remote_groups(Lacking(groups={"a": "a"}), source, at)
    assert found.groups == {"a": "a", "b": "b", "see": "c"}
    made = lacking.playbook(found, source, "target")[0]["tasks"]
    (rules,) = (task["openstack.cloud.security_group"] for task in made if task["name"] == "Make the security group a")
    assert {rule["remote_group"] for rule in rules["security_group_rules"]} == {
        "b",
        "there",
        "new",
        "default",
        "id-gone",
    }


@pytest.mark.parametrize("hostile", ["{{ lookup('pipe', 'id') }}", "{% if %}", "{# #}", "{{ '{{' }}"])
def test_names_are_no_templates(hostile):
    rule = {"description": hostile, "direction": "ingress"}
    groups = [{"id": "g", "name": hostile, "description": hostile, "security_group_rules": [rule]}]
    (play,) = lacking.playbook(Lacking(groups={hostile: hostile}), Source(groups=groups), "target")
    (task,) = play["tasks"]
    made = task["openstack.cloud.security_group"]
    shown = [task["name"], made["name"], made["description"], made["security_group_rules"][0]["description"]]
    rendered = [jinja2.Template(text).render() for text in shown]
    assert rendered == [f"Make the security group {hostile}", hostile, hostile, hostile]


def test_a_key_pair_is_imported_if_it_is_known():
    assert tasks(Lacking(keys={"ours": "mine", "x": "y"}), keys={"mine": "ssh-rsa AAA\n"}) == [
        {"openstack.cloud.keypair": {"name": "ours", "public_key": "ssh-rsa AAA"}}
    ]


@pytest.mark.parametrize(("given", "named"), [("other", "other"), ({"auth": {}}, "target"), (None, "target")])
def test_what_is_lacking_is_read_and_nothing_else(given, named):
    cloud = FakeCloud()
    pair = {"keypair": {"name": "mine", "public_key": "ssh-rsa AAA"}}
    cloud.nova.on["GET", "/os-keypairs"] = lambda match, params: Answer({"keypairs": [pair]})
    cloud.neutron.put("/networks", id="n1", name="private")
    cloud.neutron.put("/security-groups", id="g1", name="web", project_id=cloud.project_id, security_group_rules=[])
    params = {"destination": {"cloud": given}}
    (play,) = lacking_rows.playbook(cloud, params, [ITEM], bare(), Options())
    assert play["module_defaults"]["group/openstack.cloud.openstack"] == {"cloud": named}
    assert [next(key for key in task if key != "name").rsplit(".", 1)[1] for task in play["tasks"]] == [
        "compute_flavor",
        "network",
        "security_group",
        "keypair",
    ]
    cloud.neutron.reads.clear()
    full = seen(server(image_id="base"), place=place())
    assert lacking_rows.playbook(cloud, params, [ITEM], full, Options()) == [] and cloud.neutron.reads == []
