# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of requests, to which services write while it is read."""

import json

import pytest
from osnap_testcloud.control import TAIL, Control


def line(path, time=5.0):
    row = {"path": path, "caller": None, "project_id": None, "time": time}
    return json.dumps(row).encode() + b"\n"


@pytest.mark.parametrize("part", [b"", b'{"pa', line("/late")[:-1], b"x" * (TAIL - 1), b"x" * TAIL, b"x" * 3 * TAIL])
@pytest.mark.parametrize("before", [b"", line("/early"), line("/early") * 1000])
def test_a_mark_is_between_two_lines_also_where_one_is_being_written(tmp_path, before, part):
    control = Control(tmp_path)
    assert control.mark() == 0
    control.log.write_bytes(before + part)
    assert control.mark() == len(before)
    control.log.write_bytes(before + line("/late") + line("/later"))
    assert [row["path"] for row in control.requests(since=len(before))] == ["/late", "/later"]


def test_a_request_that_a_killed_job_left_behind_is_not_of_the_run_after_it(tmp_path):
    control = Control(tmp_path)
    mark = control.mark()
    control.log.write_bytes(line("/held", time=4.9) + line("/asked", time=5.0))
    assert [row["path"] for row in control.requests(since=mark, began=5.0)] == ["/asked"]
