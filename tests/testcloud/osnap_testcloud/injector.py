# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: WSGI middleware that plays what the rules say in front of a service."""

import errno
import http
import json
import os
import re
import socket
import struct
import threading
import time

from . import bodies, faults
from .caller_header import HEADER
from .rules import Rules
from .tokens import TOKEN_SECONDS, Tokens

CALLER = "HTTP_" + HEADER.upper().replace("-", "_")
STOP_TIMEOUT = 120
VERSION_HEADERS = ("HTTP_OPENSTACK_API_VERSION", "HTTP_X_OPENSTACK_NOVA_API_VERSION")


def is_version_document(environ):
    """Whether a request is for what a service says of its versions. Asked before the service sees it, as routers cut
    the path.
    """
    return re.fullmatch(r"/(v\d[.\d]*/?)?", environ["PATH_INFO"]) is not None


class Injector:
    def __init__(self, app, cloud, project):
        self.app, self.cloud, self.service = app, cloud, project
        self.control = cloud.instance.control
        self.rules, self.tokens = Rules(self.control), Tokens(self.control)

    def __call__(self, environ, start_response):
        known = self.rules.all()
        request = self._request(environ) if known else None
        if known and self._asks_for_whom(known, request, environ):
            return reply(environ, start_response, 401, None)
        rules = known and self.rules.due(request)
        if not rules:
            return self.app(environ, start_response)
        environ["testcloud.faults"] = [rule["id"] for rule in rules]
        app = self.app
        for rule in reversed(rules):
            app = Fault(rule, app, self.control)
        return app(environ, start_response)

    def _request(self, environ):
        return {
            "cloud": self.cloud.name,
            "service": self.service,
            "method": environ["REQUEST_METHOD"],
            "path": environ.get("REQUEST_URI") or environ["PATH_INFO"],
            "user_agent": environ.get("HTTP_USER_AGENT"),
            "caller": environ.get(CALLER),
            "project": self._project(environ),
        }

    @staticmethod
    def _asks_for_whom(rules, request, environ):
        """Whether a version document has to wait for a token, because it is another for some project; keystoneauth then
        asks again with one.
        """
        if environ.get("HTTP_X_AUTH_TOKEN") or not is_version_document(environ):
            return False
        ours = [dict(rule, project=None) for rule in rules if "max_version" in rule and rule.get("project")]
        return any(faults.matches(rule, request) for rule in ours)

    def _project(self, environ):
        if "testcloud.login" in environ:
            return {environ["testcloud.login"].get("project")}
        token = environ.get("HTTP_X_AUTH_TOKEN")
        owner = self.tokens.owner(token) if token else {}
        return {owner.get("project_id"), owner.get("project_name")}


class Limits:
    """How many requests of this second were answered, by the rule that limits them; a service of a cloud is one
    process.
    """

    def __init__(self):
        self._lock, self._seconds = threading.Lock(), {}

    def is_over(self, rule):
        now = int(time.time())
        with self._lock:
            second, count = self._seconds.get(rule["id"], (now, 0))
            count = count if second == now else 0
            self._seconds[rule["id"]] = (now, count + 1)
            return count >= rule["a_second"]


LIMITS = Limits()


class Links:
    """The slow links of this process, by the rule that makes them and the direction: a service of a cloud has one each
    way, unless each request has its own.
    """

    def __init__(self):
        self._lock, self._links = threading.Lock(), {}

    def of(self, rule, direction, rules):
        """The link of a request that a rule hits; None where the rule slows nothing down."""
        if "throttle_each" in rule:
            return bodies.Link(rule["throttle_each"], lambda: rule in rules.all())
        if "throttle" not in rule:
            return None
        with self._lock:
            key = rule["id"], direction
            known, link = self._links.get(key, (None, None))
            if known != rule:  # an ID may be given again, to another rule
                link = bodies.Link(rule["throttle"], lambda: rule in rules.all())
                self._links[key] = rule, link
            return link


LINKS = Links()


class Fault:
    """One rule around a service (or around the next rule)."""

    def __init__(self, rule, app, control):
        self.rule, self.app, self.control = rule, app, control
        self.rules = Rules(control)

    def __call__(self, environ, start_response):
        rule = self.rule
        bodies.wait(rule.get("delay", 0), lambda: rule in self.rules.all())
        if "token_seconds" in rule:
            environ[TOKEN_SECONDS] = rule["token_seconds"]
        if link := LINKS.of(rule, "in", self.rules):
            environ["wsgi.input"] = bodies.Slow(environ["wsgi.input"], link)
        if rule.get("stop") == "before":
            self._stop(environ)
            disconnect(environ)
        if rule.get("reset_before"):
            disconnect(environ)
        if "max_version" in rule and self._too_new(environ):
            message = f"Version {self._too_new(environ)} is not supported by the API. Maximum is {rule['max_version']}."
            return reply(environ, start_response, 406, {"notAcceptable": {"code": 406, "message": message}})
        if "a_second" in rule and LIMITS.is_over(rule):
            return reply(environ, start_response, 429, None, {"Retry-After": "1"})
        if "status" in rule:
            return reply(environ, start_response, rule["status"], rule.get("body"), rule.get("headers"))
        if rule.get("where") == "request":
            self._spoil(environ)
        if rule.get("stop") == "after" or rule.get("reset_after"):
            self._handle(environ)
            if rule.get("stop"):
                self._stop(environ)
            disconnect(environ)
        return self._altered(environ, start_response)

    def _spoil(self, environ):
        """Give the service the request's body with a byte flipped, or only its beginning."""
        if "corrupt" in self.rule:
            environ["wsgi.input"] = bodies.Corrupted(environ["wsgi.input"], self.rule["corrupt"])
        if "cut" in self.rule:
            body = bodies.CutShort(environ["wsgi.input"], self.rule["cut"], lambda: disconnect(environ))
            environ["wsgi.input"] = environ["testcloud.cut"] = body

    def _handle(self, environ):
        """Let the service do all its work and throw its answer away."""
        answer = self.app(environ, lambda *_: lambda _data: None)
        try:
            next(iter(answer), None)
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def _stop(self, environ):
        """Wait until the harness has killed the client and says so, or for two minutes: no service may hang for
        ever.
        """
        identifier = self.rule["id"]
        stopped, release = self.control / "stopped" / f"{identifier}.json", self.control / "release" / identifier
        stopped.parent.mkdir(parents=True, exist_ok=True)
        description = {
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "port": environ["SERVER_PORT"],
            "when": self.rule["stop"],
        }
        partial = stopped.with_suffix(".partial")
        partial.write_text(json.dumps(description))
        partial.rename(stopped)
        deadline = time.monotonic() + STOP_TIMEOUT
        while not release.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        stopped.unlink(missing_ok=True)

    def _too_new(self, environ):
        """The version that a request asks for, if it is newer than this cloud plays to be; ``latest`` becomes the
        newest it has.
        """
        maximum = self.rule["max_version"]
        for name in VERSION_HEADERS:
            asked = environ.get(name, "")
            version = asked.split()[-1] if asked else ""
            if version == "latest":
                environ[name] = asked.replace("latest", maximum)
            elif faults.version_number(version) and faults.version_number(version) > faults.version_number(maximum):
                return version
        return None

    def _altered(self, environ, start_response):
        """The service's answer with headers dropped, JSON replaced, a byte flipped or the end cut off."""
        rule, begun = self.rule, []
        rewritten = "replace_json" in rule or ("max_version" in rule and is_version_document(environ))

        def begin(status, headers, exc_info=None):
            begun[:] = [status, headers]
            return lambda _data: None

        answer = self.app(environ, begin)
        pieces = _closing(answer)
        first = next(pieces, b"")  # only now is it certain that the service has called start_response
        if "testcloud.cut" in environ and environ["testcloud.cut"].is_cut:
            pieces.close()
            raise ConnectionResetError(errno.ECONNRESET, "there is nobody left to answer")
        status, headers = begun
        if rewritten:
            content = first + b"".join(pieces)
            first, pieces = self._replaced(content), iter(())
            headers = [
                (name, str(len(first)) if name.lower() == "content-length" else value) for name, value in headers
            ]
        if "headers" in rule:
            added = {name.lower() for name in rule["headers"]}
            headers = [pair for pair in headers if pair[0].lower() not in added] + [
                (name, str(value)) for name, value in rule["headers"].items()
            ]
        dropped = {name.lower() for name in rule.get("drop_headers", ())}
        if "content-length" in dropped:
            # Otherwise the server would send a body of unknown length in chunks; Ceph's gateway just closes.
            environ["testcloud.request"].response_protocol = "HTTP/1.0"
            environ["testcloud.request"].close_connection = True
            headers = [*headers, ("Connection", "close")]
        start_response(status, [pair for pair in headers if pair[0].lower() not in dropped])
        return self._body(first, pieces)

    def _body(self, first, pieces):
        offset = 0
        is_ours = self.rule.get("where", "response") == "response"
        cut, flip = (self.rule.get(name) if is_ours else None for name in ("cut", "corrupt"))
        pieces = _chain(first, pieces)
        if link := LINKS.of(self.rule, "out", self.rules):
            pieces = link.pieces(pieces)
        for piece in pieces:
            piece = bodies.flipped(piece, flip, offset)
            if cut is not None and offset + len(piece) > cut:
                yield piece[: cut - offset]
                raise ConnectionResetError(errno.ECONNRESET, "cut short, as the test asked for")
            offset += len(piece)
            yield piece

    def _replaced(self, content):
        try:
            document = json.loads(content)
        except ValueError:
            return content
        if "max_version" in self.rule:
            faults.cap_versions(document, self.rule["max_version"])
        return json.dumps(faults.replace(document, self.rule.get("replace_json", {}))).encode()


def reply(environ, start_response, status, body, headers=None):
    """A service's answer that no service gave."""
    _drain(environ)
    if isinstance(body, str):
        content, kind = body.encode(), "text/html; charset=UTF-8" if body.lstrip().startswith("<") else "text/plain"
    else:
        phrase = http.HTTPStatus(status).phrase if status in http.HTTPStatus else "Injected"
        content, kind = (
            json.dumps(
                body or {"error": {"code": status, "title": phrase, "message": "injected by the test"}}
            ).encode(),
            "application/json",
        )
    sent = {
        "Content-Type": kind,
        "Content-Length": str(len(content)),
        **{name: str(value) for name, value in (headers or {}).items()},
    }
    start_response(
        f"{status} {http.HTTPStatus(status).phrase if status in http.HTTPStatus else 'Injected'}", list(sent.items())
    )
    return [content] if environ["REQUEST_METHOD"] != "HEAD" else []


def disconnect(environ):
    """Reset the connection without an answer."""
    connection = environ["testcloud.request"].conn
    connection.socket.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )  # close sends RST, not FIN
    os.close(connection.socket.detach())
    connection.linger = True  # so that the server does not close what is closed
    raise ConnectionResetError(errno.ECONNRESET, "reset, as the test asked for")


def _drain(environ):
    """Read what the client sends, so that it reads the answer instead of dying on its upload."""
    body = environ["wsgi.input"]
    if environ.get("CONTENT_LENGTH") or environ.get("wsgi.input_terminated"):
        while body.read(2**20):
            continue


def _closing(answer):
    try:
        yield from answer
    finally:
        if hasattr(answer, "close"):
            answer.close()


def _chain(first, rest):
    if first:
        yield first
    yield from rest
