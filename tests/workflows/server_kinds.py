# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of each kind that a set is taken of, with bytes of their own on each disk."""

from osnap_harness.fixtures import attach, cloud_flavor, cloud_image, volume
from servers import write

HOME = "home"
CIDR = "192.168.83.0/24"
MAC = "fa:16:3e:aa:bb:01"

#: A kind -> what is said of it to Nova and Neutron; see :class:`Maker`.
KINDS = {
    "image": {},
    "image_data": {"data": 2},
    "volume": {"boots": "volume"},
    "volume_data": {"boots": "volume", "data": 2},
    "large_root": {"boots": "volume", "root": 2},
    "off": {"data": 1, "off": True},
    "volume_off": {"boots": "volume", "data": 1, "off": True},
    "config_drive": {"server": {"config_drive": True}},
    "described": {
        "server": {"metadata": {"tier": "db"}, "description": "Of the night"},
        "key": True,
        "group": True,
        "tags": ["a", "b"],
    },
    "no_network": {"network": "none", "data": 1},
    "addresses": {"network": "ports"},
    "volume_addresses": {"network": "ports", "boots": "volume", "data": 1},
    "two_networks": {"network": "two"},
}


class Maker:
    """Makes them in one project."""

    def __init__(self, site):
        self.site, self.cloud = site, site.cloud

    def make(self, kind):
        """One of a kind, in an empty project; its ID."""
        wanted = KINDS[kind]
        body = {"name": kind, "flavorRef": cloud_flavor(self.cloud, "m1.tiny"), **wanted.get("server", {})}
        # One that is made anew needs a network of the project's own: on another's none may choose an address.
        own = "home" if wanted.get("boots") == "volume" else "private"
        body["networks"] = self._networks(wanted.get("network", own))
        if wanted.get("boots") == "volume":
            root = volume(self.cloud, "root", size=wanted.get("root", 1), image=cloud_image(self.cloud, "cirros-like"))
            body["flavorRef"] = cloud_flavor(self.cloud, "m1.volume")
            body["block_device_mapping_v2"] = [
                {"boot_index": 0, "uuid": root["id"], "source_type": "volume", "destination_type": "volume"}
            ]
        else:
            body["imageRef"] = cloud_image(self.cloud, "cirros-like")
        if wanted.get("key"):
            self._key()
            body["key_name"] = "key"
        asked = {"server": body, **self._hints(wanted)}
        id = self.cloud.request("compute", "POST", "/servers", asked, microversion="2.64").json["server"]["id"]
        self.site.settled(id, "ACTIVE")
        for number in range(wanted.get("data", 0)):
            attach(self.cloud, id, volume(self.cloud, f"data{number}")["id"])
        if wanted.get("tags"):
            self.cloud.request("compute", "PUT", f"/servers/{id}/tags", {"tags": wanted["tags"]}, microversion="2.26")
        for device, path in self.site.files(self.site.server(id)).items():
            write(path, f"{kind} {device}")
        if wanted.get("off"):
            self.site.act(id, {"os-stop": None}, "SHUTOFF")
        return id

    def _hints(self, wanted):
        if not wanted.get("group"):
            return {}
        body = {"server_group": {"name": "apart", "policy": "anti-affinity"}}
        return {
            "os:scheduler_hints": {"group": self.cloud.post("compute", "/os-server-groups", body)["server_group"]["id"]}
        }

    def _key(self):
        self.cloud.request("compute", "DELETE", "/os-keypairs/key", expect=[202, 404])
        self.cloud.post("compute", "/os-keypairs", {"keypair": {"name": "key"}}, microversion="2.2")

    def _networks(self, how):
        """What the server is on: the cloud's network, one of the project's, ports with all that they can have."""
        if how == "none":
            return "none"
        private = self.cloud.find("network", "/v2.0/networks", "networks", "private")["id"]
        if how == "private":
            return [{"uuid": private}]
        home, subnet = self._home()
        if how == "home":
            return [{"uuid": home}]
        if how == "two":
            return [{"uuid": private}, {"uuid": home}]
        port = {
            "network_id": home,
            "mac_address": MAC,
            "fixed_ips": [{"subnet_id": subnet, "ip_address": f"192.168.83.{last}"} for last in (11, 12)],
            "allowed_address_pairs": [{"ip_address": "192.168.83.99"}],
            "name": "front",
        }
        bare = {"network_id": home, "port_security_enabled": False, "security_groups": [], "name": "bare"}
        made = [self.cloud.post("network", "/v2.0/ports", {"port": one})["port"]["id"] for one in (port, bare)]
        return [{"port": id} for id in made]

    def _home(self):
        made = self.cloud.post("network", "/v2.0/networks", {"network": {"name": HOME}})["network"]
        subnet = {"network_id": made["id"], "ip_version": 4, "cidr": CIDR}
        return made["id"], self.cloud.post("network", "/v2.0/subnets", {"subnet": subnet})["subnet"]["id"]
