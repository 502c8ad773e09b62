# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a login, as a task gives them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS

DOMAINS = {"user_domain_name": "Default", "project_domain_name": "Default"}
LOGIN = {"auth_url": "http://127.0.0.1:1/v3", "application_credential_id": "i", "application_credential_secret": "s"}


def parameters(**given):
    return {**{name: option.get("default") for name, option in AUTH_OPTIONS.items()}, **given}
