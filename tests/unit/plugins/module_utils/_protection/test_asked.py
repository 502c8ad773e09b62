# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what is wrong with the options, before any cloud is asked."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._protection import asked
from ansible_collections.osnap.openstack.plugins.module_utils._protection.reading import Reading
from ansible_collections.osnap.openstack.plugins.module_utils._protection.server_protection import ServerProtection
from ansible_collections.osnap.openstack.plugins.module_utils._protection.volume_protection import VolumeProtection

GOLD = {"gold": {"keep_daily": 7}}


def task(**params):
    return {"policies": GOLD, "default_policy": None, "exclude": [], "volumes": [], "servers": [], **params}


def item(noun="volume", **given):
    return {noun: None, "regex": None, "metadata": None, "policy": None, **given}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (task(), []),
        (task(default_policy="none"), []),
        (task(default_policy="glod"), ["default_policy is 'glod', and policies has gold"]),
        (task(default_policy="glod", policies={}), ["default_policy is 'glod', and policies has none"]),
        (task(parallel=0), ["parallel is 0; it takes a number of 1 or more"]),
        (task(max_spread=-1), ["max_spread is -1; it takes seconds, 0 or more"]),
        (task(exclude=[7]), ["exclude[0] is 7; give the name or ID of a volume, or a dictionary"]),
    ],
)
def test_what_is_wrong_with_the_task(given, says):
    assert list(asked.wrong(given, "volume")) == says


@pytest.mark.parametrize(
    ("given", "params", "says"),
    [
        (item(volume="data"), {}, None),
        (item(regex=".*"), {"volumes": None}, "volume is required, or volumes"),
        (item(regex="("), {}, "regex is '(', which is no regular expression"),
        (item(policy="gold"), {}, "one of volume, regex and metadata is required"),
        (item(volume=" "), {}, "volume is empty; give the name or ID of one"),
        (item(volume="data", policy="glod"), {}, "policy is 'glod', and policies has gold"),
    ],
)
def test_what_is_wrong_with_an_item(given, params, says):
    found = asked.problem(given, task(**params), "volume")
    assert found is None if says is None else found.startswith(says)


@pytest.mark.parametrize("kind", [VolumeProtection, ServerProtection])
def test_what_reads_refuses_the_same(kind):
    reading = Reading(kind())
    noun = reading.many.removesuffix("s")
    with pytest.raises(
        Exception, match=rf"^default_policy is 'x'.+; {noun}s\[0\]: policy is 'y', and policies has gold\.$"
    ):
        reading.connect(task(default_policy="x", **{reading.many: [item(noun, regex=".*", policy="y")]}))
