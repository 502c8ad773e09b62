# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
import os
import tempfile

import pytest
from hypothesis import configuration, settings

from ansible_collections.osnap.openstack.plugins.module_utils._core import twins, waiter
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud

# The same cases in every run and no deadline, for machines are busy; and no folder of its own in the tree, which
# ansible-test would read. `again` is for the same code on another interpreter: every test, and a tenth of its cases.
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.register_profile("again", settings.get_profile("house"), max_examples=10)
settings.load_profile(os.environ.get("OSNAP_UNITS", "house"))
HOME = tempfile.TemporaryDirectory()  # removed with the process
configuration.set_hypothesis_home_dir(HOME.name)
# A tenth of the time went into looking for cycles of objects, in vain: what is alive are pytest's own thousands.
gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True)
def no_second_is_waited_out(monkeypatch):
    """The fakes create at once; what is waited for after a creation is another client's."""
    monkeypatch.setattr(twins, "UNTIL_ALL_ARE_SEEN", 0)
    monkeypatch.setattr(twins, "TIME_TO_WITHDRAW", 0)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nothing is waited for: a fake is done when it is asked."""
    monkeypatch.setattr(waiter, "FIRST_PAUSE", 0)


@pytest.fixture
def cloud():
    """An empty cloud; a test file that needs another has a fixture of this name."""
    return FakeCloud()
