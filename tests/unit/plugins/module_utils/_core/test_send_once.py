# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once

LOST, LATE, LATER = Ambiguous("lost"), Unanswered("late", status=504), OsnapError("later", status=503)


class Write:
    """Answers in turn, errors being raised; ``there`` is what each look finds."""

    def __init__(self, *answers, there=None):
        self.answers, self.there, self.done = list(answers), there, []

    def send(self):
        self.done.append("send")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def look(self):
        self.done.append("look")
        return self.there

    def once(self, **more):
        return send_once(self.send, self.look, lambda: self.done.append("pause"), **more)


def test_an_answered_write_is_not_looked_for():
    write = Write("made")
    assert write.once() == "made" and write.done == ["send"]


@pytest.mark.parametrize("error", [LOST, LATE, LATER])
def test_a_write_that_was_carried_out_is_found_and_not_repeated(error):
    write = Write(error, there="made")
    assert write.once() == "made" and write.done == ["send", "pause", "look"]


@pytest.mark.parametrize("error", [LOST, LATER])
def test_a_write_that_came_to_nothing_is_sent_once_more(error):
    write = Write(error, "made")
    assert write.once() == "made" and write.done == ["send", "pause", "look", "send"]


def test_a_second_failure_is_the_last_and_names_the_first():
    write = Write(LOST, LATER)
    with pytest.raises(OsnapError, match="later") as caught:
        write.once()
    assert caught.value.__cause__ is LOST and write.done == ["send", "pause", "look", "send"]


def test_what_a_service_may_be_at_still_is_never_sent_again():
    write = Write(LATE)
    with pytest.raises(Unanswered):
        write.once()
    assert write.done == ["send", "pause", "look"]


def test_a_refusal_is_final_unless_it_is_said_to_be_worth_a_look():
    refused = OsnapError("refused", status=400)
    write = Write(refused)
    with pytest.raises(OsnapError, match="refused"):
        write.once()
    assert write.done == ["send"]
    assert Write(refused, "made").once(also=(400,)) == "made"


def test_a_job_that_has_gone_neither_looks_nor_sends():
    class Gone(Exception):
        pass

    def gone():
        raise Gone

    write = Write(LOST)
    with pytest.raises(Gone):
        send_once(write.send, write.look, gone)
    assert write.done == ["send"]
