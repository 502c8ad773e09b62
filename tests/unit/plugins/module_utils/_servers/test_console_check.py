# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what a console is looked at for, and how long."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._servers import console_check

GOOD = "[    0.1] boots: login\nweb01 login: "
PANIC = "[    0.1] boots: panic\n[    0.2] Kernel panic - not syncing: VFS\n"


def checks(**given):
    return {**dict.fromkeys(console_check.OPTIONS), **given}


class Clock:
    """Texts that a console shows one after another, the last one for ever; each look and each pause takes its time."""

    def __init__(self, *texts):
        self.texts, self.now, self.looks, self.asked = list(texts), 0.0, 0, 0

    def read(self):
        self.looks += 1
        return self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]

    def wait(self, **given):
        def sleep(seconds):
            self.now += seconds

        def check():
            self.asked += 1

        return console_check.wait(self.read, checks(**given), check, clock=lambda: self.now, sleep=sleep)


def test_it_is_looked_at_until_it_shows_what_it_is_to_show():
    clock = Clock("", "", GOOD)
    assert clock.wait(console="login: $") is None
    assert (clock.looks, clock.asked) == (3, 3)


def test_what_must_not_be_there_ends_it_at_once():
    clock = Clock("", PANIC)
    assert clock.wait(console="login:$", console_not="panic -") == (
        "its console shows '[    0.2] Kernel panic - not syncing: VFS'"
    )
    assert clock.now < 10


def test_what_must_not_be_there_alone_is_looked_for_all_the_time():
    clock = Clock(GOOD)
    assert clock.wait(console_not="panic", timeout=20) is None
    assert clock.now == pytest.approx(20)


@pytest.mark.parametrize(
    ("text", "shown"), [("one\ntwo \n\n", "the last that it shows is 'two'"), ("", "it shows nothing")]
)
def test_what_does_not_come_is_told_with_what_was_seen(text, shown):
    wrong = Clock(text).wait(console="login:", timeout=5)
    assert wrong == f"its console does not show 'login:' after 5 seconds, {shown}"


def test_without_a_time_it_is_some_minutes():
    clock = Clock("")
    assert "after 300 seconds" in clock.wait(console="x")
    assert clock.now == pytest.approx(300)


def test_nothing_to_look_for_is_no_look():
    clock = Clock("")
    assert clock.wait() is None and clock.looks == 0


def test_long_lines_are_cut():
    assert len(Clock("panic" + "x" * 999).wait(console_not="panic")) < 200


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"console": "("}, "checks.console is no regular expression"),
        ({"console_not": "["}, "checks.console_not is no regular expression"),
        ({"timeout": 0}, "checks.timeout is 0"),
    ],
)
def test_what_can_not_be_looked_for_is_refused(given, words):
    assert words in console_check.problem(checks(**given))
    assert console_check.problem(checks()) is None and console_check.problem(None) is None
