# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A misspelt option is not passed over."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.plugin_utils.unknown import unknown

OPTIONS = {"migrate_servers_servers": {}, "migrate_servers_exclude": {}, "migrate_servers_flavor_map": {}}


def told(*names):
    return unknown(names, OPTIONS, "migrate_servers")


@pytest.mark.parametrize(
    "name, meant",
    [
        ("migrate_servers_exclud", "migrate_servers_exclude"),
        ("migrate_servers_flavour_map", "migrate_servers_flavor_map"),
        ("migrate_servers_host", "migrate_servers_hosts"),
        ("migrate_servers_my_notes", None),
    ],
)
def test_what_is_no_option_is_named_with_what_may_be_meant(name, meant):
    hint = f" ('{meant}' may be meant)" if meant else ""
    assert told(name).startswith(f"'{name}'{hint} is no option of the role migrate_servers, ")


def test_several_are_named_in_one_sentence():
    assert told("migrate_servers_b_b_b_b", "migrate_servers_a_a_a_a").startswith(
        "'migrate_servers_a_a_a_a', 'migrate_servers_b_b_b_b' are no options"
    )


@pytest.mark.parametrize(
    "name",
    [
        "migrate_servers_exclude",
        "migrate_servers__group",
        "migrate_servers_hosts",
        "migrate_servers_migrations",
        "migrate_servers_d9ad30ff_c4a7_47a1_b8cc_be153906aa78",
        "migrate_serversexclude",
        "migrate_volumes_volumes",
    ],
)
def test_options_what_is_handed_on_and_what_is_somebody_elses_is_left_alone(name):
    assert told(name) is None
