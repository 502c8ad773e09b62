# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python runs this where its folder is on the path. Garbage is looked for less often: pylint and ansible-lint keep all
that they read, and spent a fifth and a seventh of their time on searches in vain.
"""

import gc

gc.set_threshold(200_000, 50, 100)
