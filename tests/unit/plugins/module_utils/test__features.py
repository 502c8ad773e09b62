# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._features import FEATURES, Seen, features

MODERN = {"block-storage": "3.71", "compute": "2.96", "image": None, "network": None}


def seen(
    roles=("member", "reader"),
    missing=(),
    group_types=({"name": "plain"},),
    import_methods=("glance-direct",),
    consistency_groups=True,
    unread=None,
    **versions,
):
    newest = {**MODERN, **{service.replace("_", "-"): version for service, version in versions.items()}}
    services = {
        service: {
            "endpoint": None if service in missing else "http://cloud/",
            "min_version": "1.0",
            "max_version": version,
        }
        for service, version in newest.items()
    }
    return Seen(services, list(roles), group_types, import_methods, consistency_groups, unread or {})


def verdict(feature, **options):
    found = features(seen(**options))[feature]
    return found["available"], found["reason"]


def test_a_member_of_a_modern_cloud_can_do_what_members_can():
    found = features(seen())
    assert {name for name, row in found.items() if row["available"] is False} == {
        "volume_snapshot_manage",
        "volume_snapshot_reset_status",
        "volume_snapshot_force_delete",
        "cg_snapshot_reset_status",
        "all_projects",
        "image_copy_between_regions",
    }
    assert {name for name, row in found.items() if row["available"] is None} == {
        "cg_snapshot_consistent",
        "cg_snapshot_legacy",
        "server_image_snapshot_frozen",
        "image_from_volume_in_use",
    }


def test_an_administrator_can_do_what_administrators_can():
    assert {
        name
        for name, row in features(seen(roles=["admin"], import_methods=["glance-download"])).items()
        if row["available"] is False
    } == set()


@pytest.mark.parametrize(
    "feature, options, available, reason",
    [
        ("volume_snapshot_revert", {"block_storage": "3.40"}, True, None),
        (
            "volume_snapshot_revert",
            {"block_storage": "3.39"},
            False,
            "it needs block-storage API 3.40, and this cloud offers 3.39 at the most",
        ),
        (
            "volume_snapshot_revert",
            {"block_storage": "3.9"},
            False,
            "it needs block-storage API 3.40, and this cloud offers 3.9 at the most",
        ),
        (
            "volume_snapshot_revert",
            {"block_storage": None},
            None,
            "it needs block-storage API 3.40, and what this cloud offers could not be read",
        ),
        ("volume_snapshot", {"block_storage": None}, True, None),
        (
            "volume_snapshot",
            {"missing": ["block-storage"]},
            False,
            "the cloud has no block-storage service in its catalog for this region and interface",
        ),
        (
            "image_from_volume_in_use",
            {"missing": ["image"]},
            False,
            "the cloud has no image service in its catalog for this region and interface",
        ),
        (
            "volume_snapshot",
            {"roles": ["reader"]},
            False,
            "the user has only the roles reader in this project, and the default policy lets these only read",
        ),
        ("volume_snapshot_failure_reasons", {"roles": ["reader"]}, True, None),
        ("volume_snapshot", {"roles": ["a-role-of-this-cloud"]}, True, None),
        (
            "volume_snapshot_manage",
            {},
            False,
            "the default policy allows it to the role admin only, which this user does not have in this project",
        ),
        (
            "volume_snapshot_manage",
            {"block_storage": None},
            False,
            "the default policy allows it to the role admin only, which this user does not have in this project",
        ),
        (
            "volume_snapshot_manage",
            {"roles": ["admin"], "block_storage": "3.7"},
            False,
            "it needs block-storage API 3.8, and this cloud offers 3.7 at the most",
        ),
        (
            "cg_snapshot",
            {"group_types": []},
            False,
            "there is no group type that this user may use; an administrator makes one",
        ),
        (
            "cg_snapshot",
            {"group_types": None, "unread": {"group_types": "Forbidden."}},
            None,
            "the group types could not be read: Forbidden.",
        ),
        (
            "cg_snapshot",
            {"group_types": None, "block_storage": "3.10"},
            False,
            "it needs block-storage API 3.14, and this cloud offers 3.10 at the most",
        ),
        (
            "cg_snapshot_legacy",
            {"consistency_groups": True},
            None,
            "the API answers, and whether a legacy consistency group can be made depends on the back end's driver:"
            " without support the group ends in error",
        ),
        (
            "cg_snapshot_legacy",
            {"consistency_groups": None, "unread": {"consistency_groups": "403."}},
            False,
            "the API of legacy consistency groups does not answer this user: 403.",
        ),
        ("image_copy_between_regions", {"import_methods": ["glance-download"]}, True, None),
        (
            "image_copy_between_regions",
            {},
            False,
            "the cloud's Glance does not offer the import method glance-download",
        ),
        (
            "image_copy_between_regions",
            {"import_methods": None, "unread": {"import_methods": "404."}},
            None,
            "the ways to import images could not be read: 404.",
        ),
        (
            "server_rebuild_volume_backed",
            {"compute": "2.92"},
            False,
            "it needs compute API 2.93, and this cloud offers 2.92 at the most",
        ),
        (
            "server_rebuild_volume_backed",
            {"block_storage": "3.67"},
            False,
            "it needs block-storage API 3.68, and this cloud offers 3.67 at the most",
        ),
    ],
)
def test_each_no_has_its_reason(feature, options, available, reason):
    assert verdict(feature, **options) == (available, reason)


@given(
    st.sets(st.sampled_from(sorted(MODERN))),
    st.sets(st.sampled_from(["admin", "member", "reader"])),
    st.sampled_from([None, "3.0", "3.20", "3.71"]),
    st.sampled_from([None, [], [{"name": "plain"}]]),
    st.sampled_from([None, True]),
)
def test_every_feature_has_a_verdict_and_whatever_is_no_clear_yes_a_reason(
    missing, roles, version, group_types, consistency_groups
):
    found = features(
        seen(
            missing=missing,
            roles=sorted(roles),
            block_storage=version,
            group_types=group_types,
            consistency_groups=consistency_groups,
        )
    )
    assert found.keys() == FEATURES.keys()
    assert all((row["available"] is True) == (row["reason"] is None) for row in found.values())
