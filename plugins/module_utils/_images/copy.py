# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying images from Glance to Glance: which ones, and whether there is room for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import COPY, Plan
from ansible_collections.osnap.openstack.plugins.module_utils._images import finished, refusals
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_plan import plan_copy
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_steps import Copying
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


class ImageCopy(Operation):
    """One or many images from ``cloud`` to ``destination``."""

    returns = "image"
    many = "images"
    options = {
        "image": {"type": "str"},
        "name": {"type": "str"},
        "properties": {"type": "dict"},
        "tags": {"type": "list", "elements": "str"},
        "visibility": {"type": "str", "choices": ["private", "shared", "community", "public"]},
    }
    task_options = {
        "destination": {"type": "dict", "required": True, "options": AUTH_OPTIONS},
        "parallel": {"type": "int", "default": 2},
        "verification": {"type": "str", "choices": ["image", "deep"], "default": "image"},
    }
    rules = {"required_one_of": [("image",)]}

    def wrong(self, params):
        return below_one(params, "parallel")

    def problem(self, item, params):
        return refusals.problem(item)

    def identity(self, item):
        return (item["image"].strip(), (item["name"] or "").strip()) if item["image"] else None

    def title(self, item):
        return item["name"] or item["image"]

    def connect(self, params: dict) -> Cloud:
        return connect_pair(params)

    def prepare(self, context: Context, items: list) -> list:
        rows = lookup.existing(_Originals(context.cloud), [item["image"] for item in items])
        return [self._meant(context, item, rows[item["image"]]) for item in items]

    @staticmethod
    def _meant(context, item, row):
        if isinstance(row, OsnapError):
            return row
        name = (item["name"] or row["name"] or "").strip()
        if not name:
            return OsnapError(
                f"The image {row['id']} in cloud {context.cloud.name} has no name, and its copy needs one; set name.",
                resource=row["id"],
            )
        here, there = context.cloud, context.cloud.peer
        twice = name == item["image"].strip() and here.project_id == there.project_id
        if twice and Images(there).get(row["id"]) is not None:
            return OsnapError(
                f"The copy '{name}' would be in the same project as its image and have the same name, so that the name"
                " would no longer tell which one is meant; give the copy another name, or give the image by its ID.",
                resource=row["id"],
            )
        return {**item, "source": row, "name": name}

    def resolved(self, item: dict) -> tuple:
        return item["source"]["id"], item["name"]

    def plan_all(self, context: Context, items: list) -> list:
        images = Images(context.cloud.peer)
        found = images.named(sorted({item["name"] for item in items}), os_hidden="false") if items else {}
        # Only one that is not found is looked for among those that lists leave out.
        missing = {
            item["name"]
            for item in items
            if not any(
                finished.is_finished(row) and _marks.is_copy(row, item["source"]["id"]) for row in found[item["name"]]
            )
        }
        hidden = images.named(sorted(missing), os_hidden="true") if missing else {}
        plans = context.map(
            lambda item: plan_copy(item, found[item["name"]] + hidden.get(item["name"], []), context.cloud), items
        )
        return self._admitted(images, plans)

    @staticmethod
    def _admitted(images, plans):
        """What would not fit into the destination's quota is refused before anything is sent."""
        making = [plan for plan in plans if isinstance(plan, Plan) and plan.does(COPY)]
        sizes = [plan.carried.source["size"] for plan in making]
        verdicts = dict(zip(map(id, making), refusals.over_quota(images.room(), sizes), strict=True)) if making else {}
        return [verdicts.get(id(plan)) or plan for plan in plans]

    def apply_all(self, context: Context, plans: list) -> list:
        return context.map(lambda plan: Copying(context, plan).run(), plans, threads=context.params["parallel"])


class _Originals(Images):
    def named(self, names, **filters):
        """As ever, but for the copies of another one of the same name, which the source's project sees where they are
        public: the name means what they were made of.
        """
        found = super().named(names, **filters)
        return {
            name: [row for row in rows if not any(_marks.is_copy(row, other["id"]) for other in rows)]
            for name, rows in found.items()
        }
