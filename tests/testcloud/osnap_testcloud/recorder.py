# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of all requests: one JSON line each in ``control/requests.jsonl``, written before the client has its whole
answer.
"""

import json
import os
import time
from io import BytesIO

from .caller_header import HEADER
from .injector import is_version_document
from .tokens import Tokens

CALLER = "HTTP_" + HEADER.upper().replace("-", "_")


class Recorder:
    """WSGI middleware, outermost: what it says happened is what the client saw."""

    def __init__(self, app, cloud, project):
        self.app, self.cloud, self.service = app, cloud.name, project
        control = cloud.instance.control
        control.mkdir(parents=True, exist_ok=True)
        self.tokens = Tokens(control)
        self.log = os.open(control / "requests.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, environ, start_response):
        environ.pop("HTTP_X_PROJECT_ID", None)  # only what a service says about the token counts
        record = _Record(self, environ, start_response)
        try:
            answer = self.app(environ, record.start_response)
            return record.answer(answer)
        except BaseException:
            record.write(aborted=True)
            raise

    def append(self, entry):
        os.write(self.log, (json.dumps(entry, separators=(",", ":")) + "\n").encode())


class _Record:
    def __init__(self, recorder, environ, start_response):
        self.recorder, self.environ, self._start_response = recorder, environ, start_response
        self.began, self.clock = time.time(), time.perf_counter()
        self.status, self.headers, self.sent, self.written = None, {}, 0, False
        self.body = environ["wsgi.input"] = _Counted(environ["wsgi.input"])
        self.path = environ.get("REQUEST_URI") or environ["PATH_INFO"]
        self.is_nobodys = is_version_document(environ)  # whether it had to be asked for with a token or not
        self.login = None
        if (
            recorder.service == "keystone"
            and environ["REQUEST_METHOD"] == "POST"
            and environ["PATH_INFO"] == "/v3/auth/tokens"
        ):
            self.login = environ["testcloud.login"] = self._read_login()

    def _read_login(self):
        """User and project of a login, by name or ID, never a secret; the body is put back for Keystone."""
        content = self.body.read(int(self.environ.get("CONTENT_LENGTH") or 0))
        self.environ["wsgi.input"] = BytesIO(content)
        try:
            auth = json.loads(content)["auth"]
            user = auth["identity"].get("password", {}).get("user", {})
            project = auth["scope"]["project"] if isinstance(auth.get("scope"), dict) else {}
            return {"user": user.get("name") or user.get("id"), "project": project.get("name") or project.get("id")}
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}

    def start_response(self, status, headers, exc_info=None):
        self.status, self.headers = int(status.split()[0]), {name.lower(): value for name, value in headers}
        return self._start_response(status, headers, exc_info) if exc_info else self._start_response(status, headers)

    def answer(self, answer):
        """The answer one piece late, so that the log has the request by the time that the client has its answer."""
        pieces, held, login, failure = iter(answer), None, [], None
        try:
            while True:
                try:
                    piece = next(pieces)
                except StopIteration:
                    break
                except Exception as error:  # an answer that breaks off: what came before still goes out
                    failure = error
                    break
                if self.login is not None:
                    login.append(piece)
                if held:
                    yield held
                held = piece
                self.sent += len(piece)
            if self.login is not None and self.status == 201 and not failure:
                self._learn(b"".join(login))
            self.write(aborted=failure is not None)
            if held:
                yield held
            if failure:
                raise failure
        finally:
            if hasattr(answer, "close"):
                answer.close()
            self.write(aborted=True)

    def _learn(self, content):
        token = json.loads(content)["token"]
        project = token.get("project", {})
        owner = {"user_id": token["user"]["id"], "project_id": project.get("id"), "project_name": project.get("name")}
        self.recorder.tokens.learn(self.headers["x-subject-token"], owner)
        self.login = dict(self.login, **owner)

    def write(self, aborted=False):
        if self.written:
            return
        self.written = True
        environ = self.environ
        owner = self._owner()
        entry = {
            "time": round(self.began, 6),
            "duration": round(time.perf_counter() - self.clock, 6),
            "cloud": self.recorder.cloud,
            "service": self.recorder.service,
            "method": environ["REQUEST_METHOD"],
            "path": self.path,
            "status": self.status,
            "request_id": self.headers.get("x-openstack-request-id") or self.headers.get("x-compute-request-id"),
            "user_agent": environ.get("HTTP_USER_AGENT"),
            "caller": environ.get(CALLER),
            "project_id": owner.get("project_id"),
            "user_id": owner.get("user_id"),
            "bytes_in": self.body.count,
            "bytes_out": self.sent,
            "fault": environ.get("testcloud.faults"),
        }
        if self.login is not None:
            entry.update(user=self.login.get("user"), project=self.login.get("project"))
        if aborted:
            entry["aborted"] = True
        self.recorder.append(entry)

    def _owner(self):
        if self.login is not None:
            return self.login
        if self.is_nobodys:
            return {}
        if self.environ.get("HTTP_X_PROJECT_ID"):
            return {"project_id": self.environ["HTTP_X_PROJECT_ID"], "user_id": self.environ.get("HTTP_X_USER_ID")}
        token = self.environ.get("HTTP_X_AUTH_TOKEN")
        return self.recorder.tokens.owner(token) if token else {}


class _Counted:
    """A request body that knows how much of it was read."""

    def __init__(self, body):
        self._body, self.count = body, 0

    def read(self, *args):
        return self._counted(self._body.read(*args))

    def readline(self, *args):
        return self._counted(self._body.readline(*args))

    def readlines(self, *args):
        return list(self)

    def __iter__(self):
        return iter(self.readline, b"")

    def __getattr__(self, name):
        return getattr(self._body, name)

    def _counted(self, data):
        self.count += len(data)
        return data
