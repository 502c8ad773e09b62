# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test that waits for requests must go on as soon as they are there, and must not wait for ever."""

import pytest
from osnap_testcloud import faults
from osnap_testcloud.control import Control


@pytest.fixture
def control(tmp_path):
    control = Control(tmp_path)
    (control.folder / "counters").mkdir()
    return control


@pytest.mark.parametrize("met, wanted", [(3, 3), (4, 3)])
def test_it_goes_on_when_as_many_are_there(control, met, wanted):
    (control.folder / "counters" / "a1").write_text(str(met))
    assert control.wait_hits("a1", wanted) == met


def test_it_does_not_wait_for_ever(control):
    assert control.wait_hits("a1", 1, timeout=0.1) == 0


@pytest.mark.parametrize("projects, hits", [("one", True), (["two", "one"], True), (["two"], False), ([], False)])
def test_a_rule_is_for_one_project_or_for_several(projects, hits):
    request = {"path": "/v3/volumes", "user_agent": None, "caller": None, "project": {"one", "1f2e"}}
    assert faults.matches({"status": 503, "project": projects}, request) == hits
