# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tempfile

from hypothesis import configuration, settings

# The same cases in every run and no deadline, for machines are busy; and no folder of its own in the tree, which
# ansible-test would read.
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.load_profile("house")
HOME = tempfile.TemporaryDirectory()  # removed with the process
configuration.set_hypothesis_home_dir(HOME.name)
