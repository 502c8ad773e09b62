# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import turns
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.turns import Turns


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(turns, "CHECK_EVERY", 0.01)


def test_a_chain_goes_on_once_the_others_have_had_their_turns():
    lanes = Lanes({}, lambda: None)
    had, order = Turns(lanes.check), []

    def chain(name, after):
        failed = had.wait_for(after)
        order.append(name)
        had.had(name, name != "app")
        return failed

    chains = [lambda: chain("db", []), lambda: chain("app", ["db"]), lambda: chain("web", ["db", "app"])]
    assert lanes.run(chains, 3) == [[], [], ["app"]]
    assert order == ["db", "app", "web"]


def test_nobody_is_waited_for_who_was_not_named():
    assert Turns(lambda: None).wait_for([]) == []


def test_the_first_word_counts():
    had = Turns(lambda: None)
    had.had("db", True)
    had.had("db", False)
    assert had.wait_for(["db"]) == []


def test_whoever_waits_asks_for_the_job():
    def gone():
        raise JobGone()

    with pytest.raises(JobGone):
        Turns(gone).wait_for(["db"])
