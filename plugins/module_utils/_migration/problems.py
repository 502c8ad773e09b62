# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of a migration, or what it changes: sentences that have a code, a severity, an object and a
remedy. Pure.

A code is for ever: playbooks accept it, and the docs have an anchor of that name. What a code means stands in
:data:`CODES` alone; the sentence is made where the fact is seen, for only there its names and numbers are known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

#: It can't be moved before that is changed; data or abilities stay behind, which may be accepted; it is otherwise there.
BLOCKS, LOSES, CHANGES = "blocks", "loses", "changes"


class Code(NamedTuple):
    """What a code stands for."""

    severity: str
    #: What is the case, as a sentence.
    meaning: str
    #: What to do about it, as a sentence.
    remedy: str


CODES = {
    # what is asked for
    "server_missing": Code(
        BLOCKS,
        "There is no such server in the source, or several of that name.",
        "Give the ID of a server that is there.",
    ),
    "server_twice": Code(BLOCKS, "One server is named twice.", "Name each server once."),
    "volume_unknown": Code(
        BLOCKS,
        "There is no such volume or snapshot in the source, or several of that name.",
        "Give the ID of one that is there.",
    ),
    "volume_twice": Code(BLOCKS, "One volume or snapshot is named twice.", "Name each once."),
    "boot_order": Code(
        BLOCKS, "What `wave` and `boot_after` say of the servers can't be done.", "Correct what the sentence names."
    ),
    "name_twice": Code(BLOCKS, "Two new servers, or volumes, would have one name.", "Set `name` for one of them."),
    "name_taken": Code(
        BLOCKS,
        "The destination has another server, or volume, of the name that the new one is to have.",
        "Set `name`, or remove what has it.",
    ),
    "arguments": Code(
        BLOCKS,
        "What the new server is to be made with is refused before any cloud is asked.",
        "Correct what the sentence names.",
    ),
    "plan_changed": Code(
        BLOCKS,
        "The plan is not the one whose `plan_digest` was given.",
        "Undo what the sentence names, or have the plan approved as it is now.",
    ),
    "same_project": Code(BLOCKS, "Source and destination are one project of one cloud.", "Name another destination."),
    # the source's server
    "server_foreign": Code(BLOCKS, "The server is another project's.", "Log in to the project of the server."),
    "server_busy": Code(BLOCKS, "Nova is at work on the server.", "Run again when Nova is done with it."),
    "server_status": Code(
        BLOCKS,
        "The server is in a status in which it can't be snapshotted, or started again, such as ERROR or PAUSED.",
        "Bring it to ACTIVE or SHUTOFF.",
    ),
    "server_locked": Code(
        BLOCKS, "The server is locked, and has to be stopped.", "Unlock it, or run as an administrator."
    ),
    "ephemeral": Code(
        LOSES,
        "The server has an ephemeral disk, whose data are in no image and in no volume.",
        "Save the data elsewhere, then accept it.",
    ),
    "swap": Code(
        CHANGES,
        "The server has a swap disk, which stays behind.",
        "Nothing; the new server has the one of its own flavor.",
    ),
    "vtpm": Code(
        LOSES,
        "The server has a virtual TPM, whose secrets stay behind.",
        "Unseal the disks that are sealed with it, then accept it.",
    ),
    "uefi_variables": Code(
        CHANGES,
        "The server boots by UEFI, and its boot entries stay behind.",
        "See that the disk has its boot loader in the default place.",
    ),
    "disk_encrypted": Code(
        BLOCKS,
        "Nova's own disk is encrypted, and its key stays in that cloud.",
        "Leave the server out, or move its data inside of the guests.",
    ),
    "heat_stack": Code(
        CHANGES,
        "The server is of a Heat stack, which knows nothing of the new one.",
        "Take it out of the stack before you remove it.",
    ),
    "load_balancer": Code(
        CHANGES,
        "An address of the server is a member of a load balancer, which knows nothing of the new one.",
        "Add the new address there when the server has arrived, and take the old one out.",
    ),
    "root_changes": Code(
        CHANGES,
        "The root disk becomes a volume, or Nova's own, as `target_boot` says.",
        "Leave `target_boot` out to keep what it is.",
    ),
    # its volumes
    "volume_missing": Code(
        BLOCKS,
        "Nova says that the server has a volume that Cinder does not show this user.",
        "Ask an administrator what it is, or detach it.",
    ),
    "volume_foreign": Code(
        BLOCKS, "A volume or a snapshot is another project's.", "Log in to the project of the volume."
    ),
    "volume_encrypted": Code(
        BLOCKS,
        "A volume is encrypted, and its key stays in that cloud's key manager.",
        "Leave its server out, or move the data inside of the guest.",
    ),
    "volume_multiattach": Code(
        BLOCKS,
        "A volume can be attached to several servers at once, so that nobody can tell who has written when.",
        "Detach it, or leave its server out.",
    ),
    "volume_status": Code(
        BLOCKS,
        "A volume is in a status such as error: one of a server must be in-use, and one that is moved by itself available.",
        "Bring it there.",
    ),
    "volume_in_use": Code(
        BLOCKS,
        "A volume that is to be moved by itself is attached.",
        "Detach it, move its server, or choose a snapshot of it.",
    ),
    "snapshot_status": Code(
        BLOCKS, "A snapshot that was chosen is not available.", "Wait until it is, or choose another."
    ),
    "multiattach_by_type": Code(
        CHANGES,
        "A volume can be attached to several servers at once, and the new one only if its volume type says so.",
        "Say with `volume_type_map` what type it gets.",
    ),
    "volume_description_stays": Code(
        CHANGES,
        "A volume has a description that Cinder takes no more, such as one with line breaks, and that stays behind.",
        "Set it anew if it matters.",
    ),
    "root_unknown": Code(
        BLOCKS,
        "The server boots from a volume, and none of its volumes is bootable.",
        "Make its root volume bootable.",
    ),
    "volume_renamed": Code(
        CHANGES,
        "The name of a volume is taken at the destination, and the new one gets another.",
        "Rename it afterwards if that matters.",
    ),
    "volume_type_missing": Code(
        BLOCKS,
        "The destination has no volume type of the name that `volume_type_map` gives.",
        "Give the name of one that this project may use.",
    ),
    "volume_type_default": Code(
        CHANGES,
        "The destination has no volume type of that name, and the new volume is of the default one.",
        "Say with `volume_type_map` what it becomes if that matters.",
    ),
    "source_quota": Code(
        BLOCKS,
        "The source's quota has no room for the snapshots and the temporary volumes: with the original, three times the GiB.",
        "Raise it, delete what is no longer needed, or move fewer at a time.",
    ),
    "volume_quota": Code(
        BLOCKS,
        "The destination's quota has no room for the new volumes.",
        "Raise it, delete what is no longer needed, or move fewer at a time.",
    ),
    "volume_metadata_stay": Code(
        CHANGES,
        "A volume has metadata with keys or values that Cinder takes no more, and that stay behind.",
        "Set them anew under other keys if they matter.",
    ),
    "image_quota": Code(
        BLOCKS,
        "The quota of images, of the source or the destination, has no room for those of the disks.",
        "Raise it, delete what is no longer needed, or move fewer at a time.",
    ),
    "network_quota": Code(
        BLOCKS,
        "The destination's quota of ports or of floating IPs has no room for those of the new servers.",
        "Raise it, delete what is no longer needed, or move fewer at a time.",
    ),
    "volume_too_large": Code(
        BLOCKS,
        "A volume is larger than the destination's quota gives a single one.",
        "Raise the quota, or leave its server out.",
    ),
    "volume_elsewhere": Code(
        BLOCKS, "A volume of this run was made of something else than the copy.", "Remove that volume."
    ),
    "rehearsed_too_late": Code(BLOCKS, "The server has been cut over already.", "Roll it back first, or leave it out."),
    "floating_ip": Code(
        CHANGES, "The server has a floating IP, which stays with it.", "Give the new server one of the destination's."
    ),
    "not_stopped": Code(
        CHANGES,
        "The server is not stopped, and what it writes after its snapshot stays behind.",
        "Set `stop`, where the data have to be whole.",
    ),
    # what earlier tries have made
    "lost_writes": Code(
        LOSES,
        "The server or the volume has changed since its snapshot, and somebody lives on what was made of that.",
        "Remove what lives on the copy to move it anew, or accept that what was written since stays behind.",
    ),
    "stale": Code(
        CHANGES,
        "The server or the volume has changed since its snapshot, so that it is snapshotted and copied anew.",
        "Nothing, or accept `lost_writes` to go on with the old snapshot.",
    ),
    "made_twice": Code(
        BLOCKS,
        "What this run has made of a server or a volume is there more than once.",
        "Remove all but one.",
    ),
    "name_of_run_taken": Code(
        BLOCKS,
        "Something that is not this run's has the name that the run needs.",
        "Rename it, or give the run another name.",
    ),
    "stale_protected": Code(BLOCKS, "What is stale and has to go is protected from deletion.", "Unprotect it."),
    "leftover_broken": Code(
        BLOCKS,
        "What an earlier try has made is broken, and can't be gone on from.",
        "Remove it.",
    ),
    "copy_changed": Code(
        BLOCKS,
        "Somebody has renamed, hidden or deactivated a finished copy.",
        "Undo that, or remove the copy.",
    ),
    "copy_orphaned": Code(
        BLOCKS,
        "There is a copy of a snapshot that is gone, so that nobody can tell what the server has written since.",
        "Remove the copy, or give the run another name.",
    ),
    "new_server_failed": Code(
        BLOCKS, "The new server is in a status in which it does not arrive.", "Bring it to ACTIVE, or remove it."
    ),
    "new_server_elsewhere": Code(
        BLOCKS, "The new server was booted from something else than the copy.", "Remove the new server."
    ),
    # the destination
    "flavor_missing": Code(
        BLOCKS,
        "The destination has no such flavor, or several.",
        "Say with `flavor_map` what it becomes, or set `flavor`.",
    ),
    "flavor_disk": Code(BLOCKS, "The new flavor's root disk is too small.", "Choose a flavor with at least as much."),
    "flavor_memory": Code(BLOCKS, "The new flavor has less memory than the image needs.", "Choose a larger flavor."),
    "flavor_less_memory": Code(CHANGES, "The new flavor has less memory.", "Choose a larger flavor if that matters."),
    "network_missing": Code(
        BLOCKS,
        "The destination has no such network, or several.",
        "Say with `network_map` what it becomes, or set `networks`.",
    ),
    "port_missing": Code(BLOCKS, "The destination has no such port, or several.", "Give the ID of one that is there."),
    "no_network": Code(
        CHANGES, "The server is on no network, and neither is the new one.", "Set `networks` if it shall be on one."
    ),
    "address_unfit": Code(
        BLOCKS,
        "The destination's network has no subnet for an address of the server.",
        "Say with `subnet_map` or `network_map` what it becomes, or set `keep_addresses` to false.",
    ),
    "mac_taken": Code(
        BLOCKS, "Another port of the destination's network has the MAC that is to be kept.", "Set `keep_mac` to false."
    ),
    "port_policy": Code(
        BLOCKS,
        "The destination's network is another project's, so that addresses and MACs can't be chosen there.",
        "Set `keep_addresses` and `keep_mac` to false, or say with `network_map` what the network becomes.",
    ),
    "address_pairs_stay": Code(
        LOSES,
        "A port has allowed address pairs, which the user can't set in the destination's network.",
        "Let its owner set them afterwards, and accept it.",
    ),
    "port_security_on": Code(
        LOSES,
        "A port has no port security, which the user can't switch off in the destination's network.",
        "Let its owner do so afterwards, and accept it.",
    ),
    "floating_ip_missing": Code(
        BLOCKS,
        "The destination's project has no free floating IP of that address.",
        "Make it there, or set `floating_ip` to `auto`.",
    ),
    "floating_ip_unreachable": Code(
        BLOCKS,
        "No router leads from the destination's network to the external network of the floating IP.",
        "Make one, or set `floating_ip` to `skip`.",
    ),
    "qos_stays": Code(CHANGES, "A port has a QoS policy, which stays behind.", "Give the new port one if it matters."),
    "trunk_stays": Code(
        LOSES, "A port is a trunk, whose subports stay behind.", "Make them at the destination, and accept it."
    ),
    "server_group_stays": Code(
        CHANGES,
        "The destination has no server group of that name, or several, and the new server is in none.",
        "Make it there first if it matters.",
    ),
    "description_stays": Code(
        CHANGES, "The destination's Nova is too old for the server's description or tags.", "Nothing."
    ),
    "misplaced": Code(
        BLOCKS,
        "The new server can't have its zone, its networks, its addresses or its metadata; or the new volume its zone.",
        "Correct what the sentence names.",
    ),
    "key_pair_missing": Code(
        BLOCKS, "The destination's user has no key pair of that name.", "Import it there, or leave `key_name` out."
    ),
    "key_pair_stays": Code(
        CHANGES,
        "The destination's user has no key pair of that name, and the new server is made without.",
        "Nothing; the keys in the disk stay as they are.",
    ),
    "security_group_missing": Code(
        BLOCKS, "The destination has no such security group, or several.", "Make it there, or give the ID of one."
    ),
    "security_group_stays": Code(
        CHANGES,
        "The destination has no security group of that name, and the new server is made without.",
        "Make it there first if it matters.",
    ),
    "method_impossible": Code(
        BLOCKS,
        "A disk can't go between these two logins by the `method` that is asked for.",
        "Choose another `method`, or leave it out.",
    ),
    "disk_unknown": Code(
        BLOCKS,
        "The server has no disk of a name that `disk_methods` gives.",
        "Give the name or the ID of one of its volumes, or `root`; or leave it out.",
    ),
    "image_shared": Code(
        CHANGES,
        "The new server boots from an image of the source's project, which goes when the migration is finalized.",
        "Nothing, for it runs without; choose another `method` if Nova shall be able to rebuild it from that image.",
    ),
    "deep_impossible": Code(
        BLOCKS,
        "The proof that `verification` asks for can't be had of a disk.",
        "Leave `target_boot` and `disk_format` out, or set `verification` to `image`.",
    ),
    "disk_format_refused": Code(
        BLOCKS,
        "The destination's Glance takes no images of the format that `disk_format` asks for.",
        "Choose another `disk_format`, or leave it out.",
    ),
    "quota": Code(
        BLOCKS,
        "The destination's quota of servers, cores or memory is too small for all of them together.",
        "Raise it, delete what is no longer needed, or move fewer at a time.",
    ),
    # on the way
    "predecessor_failed": Code(
        BLOCKS,
        "A server is not booted, for one that has to boot before it did not.",
        "See to that one, then run again.",
    ),
    "changed_meanwhile": Code(
        BLOCKS,
        "The server or the volume has changed since its snapshot, or has got a volume, while it was moved.",
        "Run again, which copies anew what has changed.",
    ),
    # the end of it: what has arrived, what goes, and the source that is to be removed
    "check_failed": Code(
        BLOCKS,
        "The new server does not show on its console what `checks` says.",
        "See to the new server, or roll back, then run again.",
    ),
    "not_arrived": Code(
        BLOCKS,
        "A new server, or volume, is to be checked, marked or finalized, or its source removed, and it is not there as it is to be.",
        "Bring it there first, or roll it back.",
    ),
    "successor_status": Code(
        BLOCKS,
        "A source is to be removed, and the new server, or volume, is not in the status that it is to be in.",
        "Bring it there, then run again.",
    ),
    "unproven": Code(
        BLOCKS,
        "What has arrived could not be proven to be the same as the source; or not once more, before the source is removed.",
        "See to what the sentence names, then run again; if a source is to be removed and all is well, finalize it first.",
    ),
    "source_changed": Code(
        BLOCKS,
        "A source is to be removed that was on, used or changed after it was copied.",
        "Save what was written since, which is nowhere else, and remove the source yourself.",
    ),
    "source_in_use": Code(
        BLOCKS,
        "A source is to be removed that is not off, or not available, as it was left.",
        "Save what was written since, which is nowhere else, or bring it back to how it was left.",
    ),
    "source_locked": Code(
        BLOCKS,
        "A source is to be removed, or started again, that somebody else has locked.",
        "Unlock it, then run again.",
    ),
    "snapshot_chosen": Code(
        BLOCKS,
        "A snapshot is to be removed that somebody has made and chosen, and not this run.",
        "Remove it yourself, if nobody needs it.",
    ),
    "already_finalized": Code(
        BLOCKS,
        "A migration is to be rolled back that is finalized, so that nothing is left to go back by.",
        "Go back to the source yourself, which is as it was left, and remove what has arrived.",
    ),
    "source_gone": Code(
        BLOCKS,
        "A migration is to be rolled back whose source is gone, so that nothing would be left of it.",
        "Keep what has arrived, and finalize it.",
    ),
    "new_server_locked": Code(
        BLOCKS, "A new server is to be removed that somebody has locked.", "Unlock it, then run again."
    ),
    "new_server_has_volume": Code(
        BLOCKS,
        "A new server is to be removed that has a volume which this run has not made.",
        "Detach it, then run again.",
    ),
    "new_volume_has_snapshot": Code(
        BLOCKS, "A new volume is to be removed that has snapshots.", "Remove them, then run again."
    ),
    "new_part_in_use": Code(
        BLOCKS,
        "A new volume, port or floating IP is to be removed that somebody else uses.",
        "Detach it, then run again.",
    ),
}

#: What `accept` takes.
ACCEPTABLE = sorted(name for name, code in CODES.items() if code.severity == LOSES)


class Note(str):
    """A sentence about a migration. As a text it is the whole of it, remedy and full stop included.

    :ivar code: a key of :data:`CODES`
    :ivar object: what it is about, as a sentence calls it
    :ivar remedy: what to do, as a sentence
    """

    code: str
    object: str
    remedy: str

    def __new__(cls, sentence: str, code: str = "other", object: str = "", remedy: str = "") -> Note:
        """
        :param sentence: without the full stop where there is a ``remedy``
        :param remedy: what to do, as the end of the sentence; what the code says if there is none
        """
        note = super().__new__(cls, f"{sentence}; {remedy}." if remedy else sentence)
        note.code, note.object = code, object
        note.remedy = f"{remedy[0].upper()}{remedy[1:]}." if remedy else CODES[code].remedy if code in CODES else ""
        return note

    @property
    def severity(self) -> str:
        return CODES[self.code].severity if self.code in CODES else BLOCKS

    def data(self) -> dict[str, Any]:
        """``{code, severity, object, sentence, remedy, stops}``."""
        return {
            "code": self.code,
            "severity": self.severity,
            "object": self.object,
            "sentence": str(self),
            "remedy": self.remedy,
            "stops": isinstance(self, Problem),
        }


class Problem(Note):
    """A sentence about what stops the migration, with what to do."""


class Notice(Note):
    """A sentence about what the migration loses or changes."""


def about(notes: Iterable[Note], object: str) -> list[Note]:
    """Notes, of which those that say no object are about this one."""
    told = list(notes)
    for note in told:
        note.object = note.object or object
    return told


def texts(notes: Iterable[Note], kind: type[Note]) -> list[str]:
    """The sentences of one kind, as plain texts: a result has no types of ours."""
    return [str(note) for note in notes if isinstance(note, kind)]


def loss(code: str, accepted: Collection[str]) -> type[Note]:
    """What the loss of that code is: a notice if it is accepted."""
    return Notice if code in accepted else Problem
