# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered


@pytest.mark.parametrize(
    "error, refused",
    [
        (OsnapError("no", status=403), True),
        (OsnapError("gone", status=404), True),
        (OsnapError("out of patience", status=408), False),
        (OsnapError("broken", status=500), False),
        (Ambiguous("a proxy", status=502), False),
        (Ambiguous("no answer"), False),
        (Unanswered("no answer in time"), False),
        (OsnapError("no endpoint: nothing was sent"), True),
    ],
)
def test_what_was_never_sent_and_what_was_refused_has_changed_nothing(error, refused):
    assert written.is_refusal(error) is refused


@pytest.mark.parametrize("status, no", [(200, False), (202, False), (404, True), (409, True), (410, True)])
def test_an_allowed_refusal_has_changed_nothing_either(status, no):
    assert written.says_no(status) is no
