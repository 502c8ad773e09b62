# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import pace as pace_module
from ansible_collections.osnap.openstack.plugins.module_utils._core.pace import PATIENCE, Pace


class Limited:
    """A service that answers so many requests of each window of time, and the others with a refusal."""

    def __init__(self, window, most):
        self.window, self.most, self.taken, self.lock = window, most, {}, threading.Lock()
        self.refused, self.now, self.most_at_once = 0, 0, 0

    def ask(self):
        with self.lock:
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)
        time.sleep(0.001)
        with self.lock:
            self.now -= 1
            window = int(time.monotonic() / self.window)
            self.taken[window] = self.taken.get(window, 0) + 1
            self.refused += self.taken[window] > self.most
            return self.taken[window] <= self.most


def asked(pace, service):
    """Whether one request got through in the end."""
    while True:
        with pace.turn() as turn:
            if service.ask():
                turn.answered()
                return True
            if not turn.refused():
                return False


@pytest.mark.parametrize("most", [1, 3, 8])
def test_every_request_gets_through_a_limit_and_few_are_sent_in_vain(most):
    service, pace = Limited(0.03, most), Pace(10, first_pause=0.03)
    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(lambda number: asked(pace, service), range(20 * most)))
    assert service.refused < 60 * most + 10  # each thread for itself would have sent nine in vain for each answer
    assert service.most_at_once <= 10


def test_a_service_without_a_limit_is_asked_by_all_at_once():
    service, pace = Limited(1, 10**6), Pace(10)
    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(lambda number: asked(pace, service), range(200)))
    assert 1 < service.most_at_once <= 10


def test_one_rush_is_one_reason_to_slow_down():
    pace, together, widths = Pace(8), threading.Barrier(8), []

    def rush(number):
        with pace.turn() as turn:
            together.wait()
            turn.refused("0")
            widths.append(pace._width)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(rush, range(8)))
    assert widths == [4] * 8


def test_while_one_waits_nobody_asks():
    pace = Pace(10)
    with pace.turn() as turn:
        assert turn.refused("1")
    began = time.monotonic()
    with pace.turn():
        assert 0.9 < time.monotonic() - began < 5


def test_patience_ends_only_where_nothing_gets_through():
    pace = Pace(10, first_pause=0.001)
    for number in range(3 * PATIENCE):
        with pace.turn() as turn:
            assert turn.refused()
        if number % PATIENCE == PATIENCE - 1:
            with pace.turn() as turn:
                turn.answered()
    answers = []
    for dummy in range(PATIENCE + 1):
        with pace.turn() as turn:
            answers.append(turn.refused())
    assert answers == [True] * PATIENCE + [False]


def test_a_pause_that_nobody_would_wait_for_is_an_answer():
    pace = Pace(10)
    with pace.turn() as turn:
        assert not turn.refused("86400")
    began = time.monotonic()
    with pace.turn():
        assert time.monotonic() - began < 5


def test_the_pace_is_found_again():
    pace = Pace(10)
    with pace.turn() as turn:
        turn.refused("0")
    pace._until = 0
    for dummy in range(80):
        with pace.turn() as turn:
            turn.answered()
    assert pace._width == 10


@pytest.mark.parametrize(
    "header, seconds",
    [
        (None, None),
        ("", None),
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("soon", None),
        ("-1", None),
        ("Tue, 24 Nov 2020 09:00:00 GMT", 0),
        ("Tue, 24 Nov 2020 09:00:00 -0000", None),
    ],
)
def test_what_a_header_says(header, seconds):
    assert pace_module.seconds_of(header) == seconds


def test_a_header_may_name_a_date():
    assert 50 < pace_module.seconds_of(format_datetime(datetime.now(timezone.utc) + timedelta(minutes=1))) <= 60
