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
    type: dict
    default: {}
  zone_map:
    description:
      - Availability zones of volumes in O(cloud), and those that the new volumes are in. For one that is not in it O(destination) chooses.
    type: dict
    default: {}
  disk_format:
    description:
      - The format of the images that are made of volumes. V(qcow2) leaves out empty space, and costs the source a conversion.
      - V(auto) is V(raw), which every back end makes as it is.
    type: str
    choices: [auto, raw, qcow2]
    default: auto
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
