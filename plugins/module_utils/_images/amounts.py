# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a transfer is, in words."""

from __future__ import annotations


def describe(done: int, size: int, seconds: float) -> str:
    """``1.2 of 4.0 GiB, 210 MiB/s, 14 s left``"""
    if done >= size:
        return f"all {_amount(size)} sent, the target is storing them"
    rate = done / seconds if seconds else 0
    left = f", {_duration((size - done) / rate)} left" if rate else ""
    return f"{of(done, size)}, {rate / (1 << 20):.0f} MiB/s{left}"


def _unit(size):
    return (1 << 30, "GiB") if size >= 1 << 30 else (1 << 20, "MiB") if size >= 1 << 20 else (1 << 10, "KiB")


def _amount(size):
    scale, unit = _unit(size)
    return f"{size / scale:.1f} {unit}"


def of(done: int, size: int) -> str:
    """``1.2 of 4.0 GiB``"""
    scale, unit = _unit(size)
    return f"{done / scale:.1f} of {size / scale:.1f} {unit}"


def _duration(seconds):
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
