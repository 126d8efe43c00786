"""What schemathesis is told of this server that no document can say: who may log in, and how leniently bodies are read."""

import base64
import itertools
import json
import os
import time

import jsonschema_rs
import requests
import schemathesis

USER_ID = os.environ["IMPORT_USER_ID"]
AUTH_TOKEN = os.environ["IMPORT_AUTH_TOKEN"]
PASSWORD = os.environ["IMPORT_PASSWORD"]

# The server is asked on a connection of its own for what a request needs beforehand.
session = requests.Session()
calls = itertools.count()

KEYS = ["csv", "slack", "slack-users", "omnichannel_contact", "hipchatenterprise", "pending-files", "pending-avatars"]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps the token of the run alive, and brings about what a request needs to succeed."""
    path = case.operation.path
    url = case.operation.base_url
    if path == "/api/v1/logout" and case.headers.get("X-Auth-Token") == AUTH_TOKEN:
        # Logging out takes the token away: each does it with one of its own.
        case.headers["X-Auth-Token"] = log_in(url)
    if path == "/api/v1/login" and isinstance(case.body, dict):
        # The document's own example, with the password of this server.
        if case.body.get("user") == "import-admin" and case.body.get("password") == "P@ssw0rd":
            case.body = {**case.body, "password": PASSWORD}
    if path in ("/api/v1/import.run", "/api/v1/startImport") and next(calls) % 2 == 0:
        stage_a_user(url)


def log_in(url):
    return ask(url, "login", {"user": "import-admin", "password": PASSWORD})["data"]["authToken"]


def stage_a_user(url):
    """Leaves an operation that is ready."""
    ask(url, "import.new", {})
    ask(url, "import.addUsers", {"users": [{"emails": [f"{time.monotonic_ns()}@example.com"], "importIds": [1523]}]})


def ask(url, endpoint, body):
    headers = {"X-User-Id": USER_ID, "X-Auth-Token": AUTH_TOKEN}
    answer = session.post(f"{url}/api/v1/{endpoint}", json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json()


@schemathesis.hook
def map_case(context, case):
    """Makes half of the well-formed requests such that the rules let them through: what follows them is worth checking too."""
    body = case.body
    if not case.meta.generation.mode.is_positive or not plausible(case):
        return case
    if case.operation.path == "/api/ext/import.upload":
        case.query["importerKey"] = KEYS[len(case.query.get("importerKey", "")) % len(KEYS)]
    if isinstance(body, dict) and isinstance(body.get("importerKey"), str):
        body["importerKey"] = KEYS[len(body["importerKey"]) % len(KEYS)]
    if isinstance(body, dict) and isinstance(body.get("binaryContent"), str):
        body["binaryContent"] = base64.b64encode(body["binaryContent"].encode(errors="replace") or b"x").decode()
    if isinstance(body, dict) and isinstance(body.get("fileUrl"), str):
        body["fileUrl"] = "http://127.0.0.1:9/export.zip"
    if isinstance(body, dict) and isinstance(body.get("users"), list):
        for number, user in enumerate(user for user in body["users"] if isinstance(user, dict)):
            user["emails"] = [f"{number}@example.com", *user.get("emails", [])]
            user["importIds"] = [str(number), *user.get("importIds", [])]
            if "roles" in user:
                user["roles"] = ["user", "bot"]
    return case


def plausible(case):
    return len(json.dumps([case.body if isinstance(case.body, dict) else None, case.query], default=str)) % 2 == 0


class NotDocumented(AssertionError):
    """A body was accepted that is neither of the documented form nor read leniently."""


@schemathesis.check
def only_documented_leniency(ctx, response, case):
    """Whatever is accepted fits the document once the lenient readings of the protocol are applied, and nothing else is."""
    if response.status_code != 200 or not isinstance(case.body, dict):
        return
    document = case.operation.schema.raw_schema
    operation = document["paths"][case.operation.path][case.operation.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    if case.media_type not in content:
        return
    schema = content[case.media_type]["schema"]
    read = as_read(case.body, schema, document)
    whole = {**schema, "components": document["components"]}
    errors = [f"{error.instance_path}: {error.message}" for error in jsonschema_rs.validator_for(whole).iter_errors(read)]
    if errors:
        raise NotDocumented(f"accepted, and no lenient reading explains it: {errors}\n{json.dumps(case.body)[:2000]}")


def as_read(value, schema, document):
    """The value as the server reads it where `schema` is due."""
    while "$ref" in schema or "allOf" in schema:
        schema = schema["allOf"][0] if "allOf" in schema else document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    kind = schema.get("type")
    if kind == "object" and isinstance(value, dict):
        fields = schema.get("properties", {})
        required = schema.get("required", [])
        # `null` for an optional field means that it is absent.
        return {
            name: as_read(item, fields[name], document) if name in fields else item
            for name, item in value.items()
            if not (item is None and name in fields and name not in required)
        }
    if kind == "array" and isinstance(value, list):
        return [as_read(item, schema["items"], document) for item in value]
    # A number or boolean where a string is due becomes its text.
    if kind == "string" and "enum" not in schema and isinstance(value, (bool, int, float)):
        return str(value)
    # Any numeric string where a number is due becomes the number.
    if kind in ("number", "integer") and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    # `1` `0` `"true"` `"false"` are booleans.
    if kind == "boolean" and not isinstance(value, bool):
        return {"true": True, "false": False, 1: True, 0: False}.get(value, value) if isinstance(value, (str, int, float)) else value
    return value
