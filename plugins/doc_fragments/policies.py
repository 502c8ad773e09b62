# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of protection, the same for volumes and servers, and for what tells of them."""

from __future__ import annotations


class ModuleDocFragment:
    """See the modules."""

    DOCUMENTATION = r"""
options:
  policies:
    description:
      - The policies by their names, which have letters, digits, C(.), C(_) and C(-). Each is a dictionary with what follows.
      - C(every) is how long a window is, of which one is taken however often the task runs. It is V(1d) if not given, and may be V(1h), V(2h), V(3h), V(4h),
        V(6h), V(8h), V(12h), or a number of days, weeks (C(w)), months (C(m)) or years (C(y)). Windows are those of the calendar, so a day begins at midnight.
      - C(keep_last), C(keep_hourly), C(keep_daily), C(keep_weekly), C(keep_monthly), C(keep_yearly) and C(keep_within) are what is kept, as in
        M(osnap.openstack.snapshot_prune). At least one of them is required, as a policy that keeps nothing is an error. The newest good one is always kept.
      - C(delete_failed) is the age at which what has failed goes, V(1d) if not given.
      - C(time_zone) is where its days begin and end, such as V(Europe/Vienna), and V(UTC) if not given.
      - C(as) is what is taken of volumes by themselves, V(snapshot) or V(backup), and V(snapshot) if not given.
      - C(full_every), such as V(7d), makes backups incremental as long as the last full one is younger; without it each is a full one. What an incremental one
        is built upon stays as long as that does.
      - C(consistency) is how the data of servers are caught, V(stop), V(quiesce) or V(crash). Of volumes by themselves a snapshot is always as after a crash.
      - C(max_age) is the age at which the newest good one is overdue, such as V(36h). If not given it is half as long again as a window.
      - C(paused) and C(hold) are V(true), or a date such as V(2026-12-31) until the end of which they are so. While a policy is paused, nothing is taken and
        nothing removed. On hold nothing is removed.
      - C(copy_to) is the name in C(clouds.yaml) of a cloud, another project, region or cloud, that sets of servers are copied to. C(copy_keep) is a dictionary
        of what is kept there, with the C(keep_) options above and C(delete_failed); without it as much is kept there as here. Both mean servers alone.
      - C(restore_test) has C(every), such as V(7d), the age at which the last test of a restore is too old.
    type: dict
    required: true
  default_policy:
    description:
      - The policy of what has none of its own.
      - What counts is what the task names for an object, else C(osnap_policy) in the object's metadata, else this.
      - In the metadata C(osnap_policy) V(none) means that it is unprotected on purpose, and so it does here.
    type: str
  exclude:
    description:
      - What is left out. Names, IDs, or dictionaries as in the list of what is meant.
      - A name or an ID that nothing has is an error, for one that is mistyped would not be left out.
    type: list
    elements: raw
    default: []
"""
