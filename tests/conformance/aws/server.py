"""moto's server, which says in AWS's manner what it cannot do.

moto answers 500, or a page of HTML, to calls that it does not know; AWS knows all of its own, and a client is right to try
again after a 500. Here they become 400 with the code MotoCannot in the form of the call's protocol, so that a scan's
rows tell them from anything else. Calls that moto knows are answered by moto alone.
"""
import json
import re
import sys
import traceback

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple

CODE = "MotoCannot"
XML = ("s3", "route53", "cloudfront")


def scope(environ):
    """The service that the call was signed for."""
    match = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    return match.group(1) if match else ""


def refusal(environ, why):
    why = re.sub(r"[^ -~]|[<>&\"]", " ", why)[:200]
    service, is_form = scope(environ), "urlencoded" in environ.get("CONTENT_TYPE", "")
    if service == "ec2" and is_form:
        return "text/xml", "<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors></Response>" % (
            CODE, why)
    if service == "s3":
        return "application/xml", "<Error><Code>%s</Code><Message>%s</Message></Error>" % (CODE, why)
    if is_form or service in XML:
        return "text/xml", "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>" % (
            CODE, why)
    return "application/json", json.dumps({"__type": CODE, "message": why})


class Plain:
    def __init__(self):
        self.app = DomainDispatcherApplication(self.backend)

    @staticmethod
    def backend(service):
        app = create_backend_app(service)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return app

    def __call__(self, environ, start_response):
        said = {}

        def note(status, headers, exc_info=None):
            said.update(status=status, headers=headers)
            return lambda data: None

        try:
            parts = self.app(environ, note)
            body = b"".join(parts)
            getattr(parts, "close", lambda: None)()
            kind = next((value for name, value in said["headers"] if name.lower() == "content-type"), "")
            html = kind.startswith("text/html") and (body.lstrip()[:9].lower() == b"<!doctype")
            if not (said["status"].startswith(("404", "405", "500")) and html):
                start_response(said["status"], said["headers"])
                return [body]
            why = "no such address"
        except Exception as problem:  # anything that moto stumbles over
            why = "%s: %s" % (type(problem).__name__, problem)
            if not isinstance(problem, NotImplementedError):
                traceback.print_exc()
        kind, text = refusal(environ, why)
        print("%s: %s %s: %s" % (CODE, scope(environ), environ.get("HTTP_X_AMZ_TARGET") or environ["PATH_INFO"], why),
              file=sys.stderr, flush=True)
        data = text.encode()
        start_response("400 Bad Request", [("Content-Type", kind), ("Content-Length", str(len(data))),
                                           ("x-amzn-errortype", CODE)])
        return [data]


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


if __name__ == "__main__":
    run_simple("127.0.0.1", 0, Plain(), threaded=True, request_handler=Handler)
