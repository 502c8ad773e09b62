# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the network do what a migration needs? Floating IPs, and all that a port can have besides its address.

.tools/testcloud/bin/python tests/testcloud/smoke_network.py [cloud ...]
"""

import ipaddress
import sys
from contextlib import contextmanager

from osnap_testcloud.seed_compute import OTHER_PUBLIC_CIDR, PUBLIC, PUBLIC_CIDRS
from smoke_compute import OneCloud, equal, main, refused, require, wait_until

EXTENSIONS = {
    "router",
    "external-net",
    "port-security",
    "allowed-address-pairs",
    "security-group",
    "standard-attr-description",
    "standard-attr-tag",
}
MAC = "fa:16:3e:00:05:0a"


class Smoke(OneCloud):
    """Each `test_` method is a check, made by a member of a project that owns none of the shared networks."""

    def __init__(self, name):
        super().__init__(name, project="smoke-network")
        self.public = self.cloud.network.find_network(PUBLIC, ignore_missing=False)

    @contextmanager
    def made(self, kind, **attributes):
        """Something of the network service, and its end."""
        resource = getattr(self.cloud.network, f"create_{kind}")(**attributes)
        try:
            yield resource
        finally:
            getattr(self.cloud.network, f"delete_{kind}")(resource)

    def addresses(self, server, kind):
        """What Nova says of a server's addresses of one kind: fixed or floating."""
        shown = self.cloud.compute.get_server(server.id).addresses
        return {entry["addr"] for entries in shown.values() for entry in entries if entry["OS-EXT-IPS:type"] == kind}

    def port_of(self, server):
        return next(self.cloud.network.ports(device_id=server.id))

    def test_extensions(self):
        """The cloud says what it can."""
        missing = EXTENSIONS - {extension.alias for extension in self.cloud.network.extensions()}
        require(not missing, f"missing extensions: {sorted(missing)}")

    def test_floating_ip(self):
        """A floating IP goes to a server's port, shows at the server, and is left over when the server is gone."""
        network = self.cloud.network
        with self.made("ip", floating_network_id=self.public.id, description=self.run) as floating:
            cidr = PUBLIC_CIDRS.get(self.name, OTHER_PUBLIC_CIDR)
            address = floating.floating_ip_address
            require(ipaddress.ip_address(address) in ipaddress.ip_network(cidr), f"{address} is of {cidr}")
            equal((floating.status, floating.description), ("DOWN", self.run), "a floating IP without a port")
            with self.server(image_id=self.image.id) as server:
                network.update_ip(floating, port_id=self.port_of(server).id)
                associated = network.get_ip(floating.id)
                equal(associated.status, "ACTIVE", "the status of a floating IP with a port")
                require(associated.router_id, "the floating IP's router is known")
                equal({associated.fixed_ip_address}, self.addresses(server, "fixed"), "the fixed address behind it")
                wait_until(lambda: self.addresses(server, "floating") == {address}, "Nova shows the floating IP", 10)
                network.update_ip(floating, port_id=None)
                wait_until(lambda: not self.addresses(server, "floating"), "Nova shows that it is gone", 10)
                equal(network.get_ip(floating.id).status, "DOWN", "the status once it has no port")
                network.update_ip(floating, port_id=self.port_of(server).id)
            left = network.get_ip(floating.id)
            equal((left.port_id, left.status), (None, "DOWN"), "it outlives its server, without a port")

    def test_floating_ip_refusals(self):
        """Only a port behind a router to the external network has one; only an administrator chooses its address."""
        network = self.cloud.network
        unrouted = network.find_network("private2", ignore_missing=False)
        with self.made("port", network_id=unrouted.id) as port:
            refused(lambda: network.create_ip(floating_network_id=self.public.id, port_id=port.id), 404)
        with self.made("ip", floating_network_id=self.public.id) as taken:
            chosen = {"floating_network_id": self.public.id, "floating_ip_address": taken.floating_ip_address}
            refused(lambda: network.create_ip(**chosen), 403)
            refused(lambda: self.admin.network.create_ip(**chosen), 409)

    def test_own_router(self):
        """A member makes a network of its own behind a router of its own, and its ports can have floating IPs."""
        network = self.cloud.network
        with (
            self.made("network", name=self.run) as own,
            self.made("subnet", name=self.run, network_id=own.id, ip_version=4, cidr="192.168.77.0/24") as subnet,
            self.made("router", name=self.run, external_gateway_info={"network_id": self.public.id}) as router,
        ):
            network.add_interface_to_router(router, subnet_id=subnet.id)
            try:
                chosen = [{"subnet_id": subnet.id, "ip_address": "192.168.77.10"}]
                with (
                    self.made("port", network_id=own.id, fixed_ips=chosen, mac_address=MAC) as port,
                    self.made("ip", floating_network_id=self.public.id, port_id=port.id) as floating,
                ):
                    equal(port.mac_address, MAC, "the MAC address that was asked for")
                    equal(floating.router_id, router.id, "its router")
                    equal(floating.fixed_ip_address, "192.168.77.10", "its fixed address")
                    refused(lambda: network.remove_interface_from_router(router, subnet_id=subnet.id), 409)
            finally:
                network.remove_interface_from_router(router, subnet_id=subnet.id)

    def test_port(self):
        """What a port can have: security groups, or none without port security; address pairs, description, tags."""
        network = self.cloud.network
        with (
            self.made("network", name=self.run) as own,
            self.made("subnet", network_id=own.id, ip_version=4, cidr="192.168.78.0/24"),
            self.made("security_group", name=self.run, description="web") as group,
        ):
            rules = [
                {"protocol": "tcp", "port_range_min": 443, "port_range_max": 443, "remote_ip_prefix": "10.0.0.0/8"},
                {"protocol": "icmp", "remote_group_id": group.id, "description": "from each other"},
            ]
            for rule in rules:
                network.create_security_group_rule(security_group_id=group.id, direction="ingress", **rule)
            shown = [
                {key: rule[key] for key in wanted}
                for rule, wanted in zip(
                    sorted(
                        network.security_group_rules(security_group_id=group.id, direction="ingress"), key=_tcp_first
                    ),
                    rules,
                    strict=True,
                )
            ]
            equal(shown, rules, "the rules of a security group")
            pair = {"ip_address": "192.168.78.100", "mac_address": MAC}
            with self.made(
                "port",
                network_id=own.id,
                description="of the database",
                security_groups=[group.id],
                allowed_address_pairs=[pair],
            ) as port:
                network.set_tags(port, ["blue", self.run])
                equal([found.id for found in network.ports(tags=self.run)], [port.id], "found by its tag")
                with self.server(image_id=self.image.id, networks=[{"port": port.id}]) as server:
                    used = network.get_port(port.id)
                    equal(used.description, "of the database", "the description")
                    equal((used.security_group_ids, used.allowed_address_pairs), ([group.id], [pair]), "group and pair")
                    equal(sorted(used.tags), ["blue", self.run], "the tags")
                    equal(used.is_port_security_enabled, True, "port security is on unless told otherwise")
                    equal([shown["name"] for shown in server.security_groups], [self.run], "Nova shows the group")
            with self.made("port", network_id=own.id, port_security_enabled=False) as bare:
                equal(bare.security_group_ids, [], "no security group without port security")
                refused(lambda: network.update_port(bare, security_groups=[group.id]), 400)


def _tcp_first(rule):
    return rule["protocol"] != "tcp"


if __name__ == "__main__":
    sys.exit(main(Smoke, sys.argv[1:]))
