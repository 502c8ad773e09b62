# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clouds used of a processor, as `down` tells it. Standard library only."""


def told(seconds):
    """A line a cloud, and one for all, of ``{(cloud, project): seconds}``; what used most comes first."""
    clouds = {}
    for (cloud, project), spent in seconds.items():
        clouds.setdefault(cloud, {})[project] = spent
    for cloud, projects in clouds.items():
        most = sorted(projects, key=lambda project: (-projects[project], project))
        parts = ", ".join(f"{project} {projects[project]:.0f}" for project in most)
        yield f"{cloud}: {sum(projects.values()):.0f} s of a processor ({parts})"
    if len(clouds) > 1:
        yield f"all clouds: {sum(seconds.values()):.0f} s of a processor"
