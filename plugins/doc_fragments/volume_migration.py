# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for of all volumes of a migration together."""

from __future__ import annotations


class ModuleDocFragment:
    """See the modules."""

    DOCUMENTATION = r"""
options:
  run:
    description:
      - Name of the migration. Everything that it makes is marked with it, and what is marked with it is gone on with.
      - Letters, digits, C(.), C(_) and C(-), 64 at the most.
    type: str
    default: migration
  volume_type_map:
    description:
      - Names of volume types in O(cloud), and what they become in O(destination). One that is not in it keeps its name.
      - A volume whose type O(destination) does not have becomes one of the cloud's default type, and that is told.
      - Of this map and O(zone_map), a key may be of no use to the volumes of the task, for a map may be one for many tasks. There is a warning where it
        looks misspelt. It then comes close to a name that the volumes have and no key is for, and O(cloud) has none of its name.
    type: dict
    default: {}
  zone_map:
    description:
      - Availability zones of volumes in O(cloud), and those that the new volumes are in. For one that is not in it O(destination) chooses.
    type: dict
    default: {}
  method:
    description:
      - How the volumes get to O(destination). A way that a volume can't go is a problem, before anything is changed.
      - V(auto), and leaving it out, takes for each volume the first that is possible of V(transfer), V(share), V(glance_download) and V(stream), and
        says why.
      - V(stream) reads an image in O(cloud) and writes it in O(destination), through the machine that runs the task. It is always possible.
      - V(glance_download) lets the Glance of O(destination) fetch the image from another region of the same Keystone. It needs the import method
        C(glance-download) there, which operators have to switch on. The hashes of both images are compared; a copy that differs is removed, and fails.
      - V(share) makes the project of O(destination) a member of the image, where both projects have the same Glance. The new volume is made of that image,
        and nothing is copied. It stays in the project of O(cloud), and goes when the migration is finalized, as a copy would.
      - V(transfer) makes a volume of the snapshot and hands that over, where both projects have the same block storage. The source stays where it is. There
        is no image, and so no hash; the block storage itself says of which snapshot the new volume is. It keeps its volume type and its availability zone;
        one that shall have others goes another way. Some back ends keep the snapshot as long as there is a volume of it; then it is told by what is
        retained.
    type: str
    choices: [auto, stream, glance_download, share, transfer]
  disk_format:
    description:
      - The format of the images that are made of volumes. V(qcow2) leaves out empty space, and costs the source a conversion.
      - V(auto) is V(raw), which every back end makes as it is, unless the Glance of O(destination) says that it takes no raw images.
    type: str
    choices: [auto, raw, qcow2]
    default: auto
  verification:
    description:
      - V(image) compares the hash of the bytes on the way with those that both clouds have of theirs.
      - V(deep) reads the source a second time too, for sources that keep no hash and connections that you do not trust. And each new volume is read back; it
        is snapshotted, the snapshot becomes an image in O(destination), and the hashes of that and of the copy are compared. An image that is V(qcow2) can't
        be compared so, and is a problem.
    type: str
    choices: [image, deep]
    default: image
  exclude:
    description:
      - What is left out of O(volumes). Names, IDs, or dictionaries with C(volume), C(regex) or C(metadata), as there.
      - A name or an ID that no volume has is an error, for one that is mistyped would be moved.
    type: list
    elements: raw
    default: []
  accept:
    description:
      - What may stay behind; it is a notice then and no problem.
      - V(lost_writes) is what was written to a volume after the snapshot of an earlier try of this run. Without it such a snapshot is stale, and the
        volume is snapshotted and copied anew.
    type: list
    elements: str
    choices: [lost_writes]
    default: []
"""
