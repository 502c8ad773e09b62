# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a new server has booted as it is to, by what it shows on its console."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

#: The options of a check.
OPTIONS: dict[str, Any] = {
    "console": {"type": "str"},
    "console_not": {"type": "str"},
    "timeout": {"type": "int"},
    "must_succeed": {"type": "bool"},
}
#: Seconds after which a console says no more, unless asked for otherwise; and those between two looks.
TIMEOUT, PAUSE = 300, 2.0
#: How much of a console is told.
_TOLD = 120


def problem(checks: Mapping[str, Any] | None) -> str | None:
    """What is wrong with the options, as a clause; None if nothing."""
    if checks is None:
        return None
    for key in ("console", "console_not"):
        try:
            re.compile(checks[key] or "")
        except re.error as error:
            return f"checks.{key} is no regular expression: {error}"
    if checks["timeout"] is not None and checks["timeout"] < 1:
        return f"checks.timeout is {checks['timeout']}; it takes seconds, 1 or more"
    return None


def verdict(text: str, checks: Mapping[str, Any], is_over: bool) -> tuple[bool, str | None]:
    """``(whether no further look is needed, what is wrong as a clause or None)``.

    :param is_over: whether this was the last look
    """
    bad, good = checks["console_not"], checks["console"]
    if bad and (found := re.search(bad, text, re.MULTILINE)):
        return True, f"its console shows '{_line(text, found)}'"
    if good and re.search(good, text, re.MULTILINE):
        return True, None
    if not is_over:
        return False, None
    if not good:
        return True, None
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), None)
    shown = f"the last that it shows is '{last[:_TOLD]}'" if last else "it shows nothing"
    return True, f"its console does not show '{good}' after {checks['timeout'] or TIMEOUT} seconds, {shown}"


def _line(text, found):
    """The line that something was found in."""
    begin = text.rfind("\n", 0, found.start()) + 1
    return text[begin:].split("\n", 1)[0].strip()[:_TOLD]


def wait(
    read: Callable[[], str],
    checks: Mapping[str, Any],
    check: Callable[[], object],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> str | None:
    """Look until it is known whether the console shows what it is to show: what is wrong as a clause, or None.

    :param read: gives the text on the console
    :param check: raises when nobody waits for this job any more
    """
    if not checks["console"] and not checks["console_not"]:
        return None
    until = clock() + (checks["timeout"] or TIMEOUT)
    while True:
        check()
        is_over = clock() >= until
        is_known, wrong = verdict(read(), checks, is_over)
        if is_known:
            return wrong
        sleep(min(PAUSE, max(0.1, until - clock())))
