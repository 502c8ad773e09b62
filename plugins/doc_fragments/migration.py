# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for of all servers of a migration together."""

from __future__ import annotations


class ModuleDocFragment:
    """See the module."""

    DOCUMENTATION = r"""
options:
  run:
    description:
      - Name of the migration. Everything that it makes is marked with it, and what is marked with it is gone on with.
      - Letters, digits, C(.), C(_) and C(-), 64 at the most.
    type: str
    default: migration
  stop:
    description: Whether the servers are to be stopped before they are snapshotted.
    type: bool
    default: true
  flavor_map:
    description:
      - Names of flavors in O(cloud), and what they become in O(destination). One that is not in it keeps its name.
      - Of this map and the others, a key may be of no use to the servers of the task, for a map may be one for many tasks. There is a warning where it
        looks misspelt, once for all servers. It then comes close to a name that the servers have and no key is for, and O(cloud) has none of its name.
    type: dict
    default: {}
  network_map:
    description: Names of networks in O(cloud), and what they become in O(destination). One that is not in it keeps its name.
    type: dict
    default: {}
  volume_type_map:
    description:
      - Names of volume types in O(cloud), and what they become in O(destination). One that is not in it keeps its name.
      - A volume whose type O(destination) does not have becomes one of the cloud's default type, and that is told.
    type: dict
    default: {}
  target_boot:
    description:
      - What the new servers boot from.
      - With V(same), one whose root disk is a volume boots from a volume, and another from an image. With V(volume) or V(image) all do.
    type: str
    choices: [same, image, volume]
    default: same
  method:
    description:
      - How the disks get to O(destination). A way that a disk can't go is a problem, before anything is changed.
      - V(auto), and leaving it out, takes for each disk the first that is possible of V(transfer), V(share), V(glance_download) and V(stream), and says
        why.
      - V(stream) reads an image in O(cloud) and writes it in O(destination), through the machine that runs the task. It is always possible.
      - V(glance_download) lets the Glance of O(destination) fetch the image from another region of the same Keystone. It needs the import method
        C(glance-download) there, which operators have to switch on. The hashes of both images are compared; a copy that differs is removed, and fails.
        If the Glance of O(cloud) has no hash of the image, it is read once by the task, and not written. Fetching is waited for as long as O(timeout) says.
      - V(share) makes the project of O(destination) a member of the image, where both projects have the same Glance. New servers and volumes are made of the
        image itself, and nothing is copied. It stays in the project of O(cloud), and goes when the migration is finalized, as a copy would; servers that run
        go on without it. One that Nova would have to rebuild, or to move to another host, may need it. V(glance_download) or V(stream) makes an image of the
        destination's own in its place.
      - V(transfer) makes a volume of the snapshot and hands it over, where both projects have the same block storage. There is no image, and so no hash;
        the block storage itself says of which snapshot the new volume is. It keeps its volume type. Some back ends keep the snapshot as long as there is a
        volume of it; then it is told by what is retained.
    type: str
    choices: [auto, stream, glance_download, share, transfer]
  disk_format:
    description:
      - The format of the images that are made of volumes. V(qcow2) leaves out empty space, and costs the source a conversion.
      - V(auto) is V(raw), which every back end makes as it is, unless the Glance of O(destination) says that it takes no raw images. How much of a volume is
        written, so that V(qcow2) would pay, no API tells.
      - A format that the Glance of O(destination) says it does not take is a problem.
    type: str
    choices: [auto, raw, qcow2]
    default: auto
  verification:
    description:
      - V(image) compares the hash of the bytes on the way with those that both clouds have of theirs.
      - V(deep) reads the source a second time too, for sources that keep no hash and connections that you do not trust. And each volume that is made of a
        volume's copy is read back before anything boots from it; it is snapshotted, the snapshot becomes an image in O(destination), and the hashes of that
        and of the copy are compared. It takes as long as to make the image of the source's volume did, while the server is off, and room for a snapshot
        and a volume more in O(destination).
      - With V(deep) no volume is handed over, for there is no image to compare it with. What can't be proven so is a problem; a root disk of Nova's that
        becomes a volume, and a volume whose image is V(qcow2).
    type: str
    choices: [image, deep]
    default: image
  power:
    description: Whether the new servers are on in the end. With V(auto), one whose server was off before the migration is off.
    type: str
    choices: [auto, "on", "off"]
    default: auto
  rehearsal_network:
    description: Name or ID of the network in O(destination) that the servers of a rehearsal are on; they are on none if it is not set.
    type: str
  subnet_map:
    description:
      - Names or IDs of subnets in O(cloud), and what they become in O(destination). It matters for ports with several addresses, and with
        O(keep_addresses).
      - One that is not in it becomes the one of its name or of its range, or the only one.
    type: dict
    default: {}
  security_group_map:
    description: Names of security groups in O(cloud), and what they become in O(destination). One that is not in it keeps its name.
    type: dict
    default: {}
  key_map:
    description: Names of key pairs in O(cloud), and what they become in O(destination). One that is not in it keeps its name.
    type: dict
    default: {}
  zone_map:
    description:
      - Availability zones of servers in O(cloud), and those that the new servers are booted in. For one that is not in it O(destination) chooses.
    type: dict
    default: {}
  keep_addresses:
    description:
      - Whether the new servers have the addresses of their sources. If not, O(destination) chooses.
      - Each address must be in a subnet of its network there, and free. An address that both clouds route is reached in one of them only.
      - Neutron lets the owner of a network choose, and administrators.
    type: bool
    default: false
  keep_mac:
    description: Whether the ports of the new servers have the MAC addresses of their sources.
    type: bool
    default: false
  floating_ip:
    description:
      - Which floating IPs the new servers get. A server in a rehearsal gets none.
      - V(new) makes one for each that the server has, or for its first interface if it has none. It is of the external network to which a router
        leads.
      - V(existing) takes the one of the same address, which the project in O(destination) has and does not use. V(auto) does so if there is one, and
        else makes a new one for each that the server has.
    type: str
    choices: [skip, new, existing, auto]
    default: skip
  exclude:
    description:
      - What is left out of O(servers). Names, IDs, or dictionaries with C(server), C(regex) or C(metadata), as there.
      - A name or an ID that no server has is an error, for one that is mistyped would be moved.
    type: list
    elements: raw
    default: []
  accept:
    description:
      - What may stay behind; it is a notice then and no problem.
      - V(ephemeral) is the data of ephemeral disks, V(vtpm) the secrets of a virtual TPM.
      - V(lost_writes) is what a server has written after the snapshot of an earlier try of this run. Without it such a
        snapshot is stale, and the server is snapshotted and copied anew.
      - V(address_pairs_stay) and V(port_security_on) are what only the owner of a network may give a port, V(trunk_stays) the subports of a trunk.
    type: list
    elements: str
    choices: [address_pairs_stay, ephemeral, lost_writes, port_security_on, trunk_stays, vtpm]
    default: []
  plan_digest:
    description:
      - What was approved, as the RV(ignore:plan_digest) that M(osnap.openstack.server_migration_info) has returned of a fleet or of one server. What
        differs from it is a problem, which names it, and that server is not touched; so is a server that it is not about. Other servers that it is
        about may be left out.
      - It is about what each server is and becomes, and not about how far it is, so that it is good for a task that goes on after another one, too. Of
        a server whose new one is booted only the source is compared.
      - It is about a cutover, and nothing is compared for a rehearsal, for what undoes or ends a migration, and for a server that is complete.
    type: str
"""
