# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hashes of what the members of a set hold: read now, and compared with what is known of then.

Of an image Glance knows a hash from its upload. Of a snapshot nobody does until it is read for the first time: by a test,
or on its way to another cloud. What was read then is kept on the member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._images import copy_bytes
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot import ImageFromSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE, called

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]

EQUAL, RECORDED = "equal", "recorded"
#: Where nothing says which.
USUAL = "sha512"


def known(member: Row) -> tuple[str, str] | None:
    """``(algorithm, hash)`` of the data of a member as they were, or None."""
    algorithm, _colon, value = str(member["marks"].get(_marks.HASH) or "").partition(":")
    if value and copy_bytes.is_known(algorithm):
        return algorithm, value
    row = member["row"]
    if member["kind"] == IMAGE and row["hash_value"] and copy_bytes.is_known(row["hash_algo"] or ""):
        return row["hash_algo"], row["hash_value"]
    return None


def of_image(context: Context, member: Row) -> Row:
    """Read the image of a root disk, and compare."""
    return compared(member, _read(context, member["row"], member, (known(member) or (USUAL, ""))[0]))


def of_snapshot(context: Context, member: Row, name: str) -> Row:
    """Read a snapshot by a temporary image, which whoever calls removes.

    :param name: of that image
    """
    image = carry_out(
        ImageFromSnapshot(),
        {"snapshot": member["id"], "name": name, "disk_format": "raw"},
        within=context,
        cloud=context.cloud,
        parallel=1,
        timeout=context.timeout,
    ).outcome.resource
    return compared(member, of_its_image(context, member, image))


def of_its_image(context: Context, member: Row, image: Row) -> tuple[str, str]:
    """The hash of a raw image that was made of a snapshot a moment ago: Glance's, or read where it is none that is needed."""
    algorithm = (known(member) or (image["hash_algo"] or USUAL, ""))[0]
    if image["hash_value"] and image["hash_algo"] == algorithm:
        return algorithm, image["hash_value"]
    return _read(context, image, member, algorithm)


def compared(member: Row, found: tuple[str, str]) -> Row:
    """What became of the comparison of one member.

    :raises OsnapError: where it holds other data than it did
    """
    then = known(member)
    if then and then != found:
        raise OsnapError(
            f"The {called(member)} of the disk {member['disk']} does not hold what it did: its {found[0]} is"
            f" {found[1][:16]}…, and was {then[1][:16]}…; its data were changed or damaged. Take a new set.",
            resource=member["id"],
        )
    return {"compared": EQUAL if then else RECORDED, "hash": {found[0]: found[1]}, "mark": ":".join(found)}


def _read(context, image, member, algorithm):
    try:
        read = copy_bytes.read(
            Images(context.cloud), image, algorithm, f"test of the {called(member)}", context.progress.tick
        )
    except copy_bytes.BROKEN as error:
        raise OsnapError(
            f"The {called(member)} of the disk {member['disk']} can't be read whole: {str(error).rstrip('.')}.",
            resource=member["id"],
        ) from error
    return algorithm, read.hexdigest
