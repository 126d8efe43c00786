"""`rocketchat-api` logs in and reaches every import endpoint through its generic calls."""

import base64
import os
import time

import pytest
from rocketchat_API.rocketchat import RocketChat
from rocketchat_API.APIExceptions.RocketExceptions import RocketApiException, RocketAuthenticationException

URL = os.environ["IMPORT_URL"]
USER = "import-admin"
PASSWORD = os.environ["IMPORT_PASSWORD"]

CONTACTS = "name,emails,phones\nAnn,ann@example.com,+15550001\nBob,bob@example.com,+15550002\n"


@pytest.fixture(scope="module")
def rocket():
    return RocketChat(USER, PASSWORD, server_url=URL)


def until(ask, good):
    """Asks until the answer is as it should be."""
    end = time.monotonic() + 30
    while not good(answer := ask()):
        assert time.monotonic() < end, f"it stays at {answer}"
        time.sleep(0.02)
    return answer


def refusal(call):
    """Status, code and sentence of the refusal that a call ends with."""
    with pytest.raises(RocketApiException) as caught:
        call()
    return caught.value.status_code, caught.value.error_type, caught.value.error


def test_a_login_gives_a_token_that_works(rocket):
    assert rocket.me()["username"] == USER


def test_a_wrong_password_is_an_authentication_failure():
    with pytest.raises(RocketAuthenticationException):
        RocketChat(USER, "wrong", server_url=URL)


def test_the_importers_are_listed(rocket):
    keys = [importer["key"] for importer in rocket.call_api_get("importers.list")]
    assert sorted(keys) == ["csv", "hipchatenterprise", "omnichannel_contact", "slack", "slack-users"]


def test_users_are_added_and_imported(rocket):
    created = rocket.call_api_post("import.new")
    assert (created["success"], created["operation"]["status"]) == (True, "importer_new")
    users = [{"username": "dora", "emails": ["dora@example.com"], "importIds": [1523], "utcOffset": "-5.5"}]
    assert rocket.call_api_post("import.addUsers", users=users) == {"success": True}
    assert rocket.call_api_get("import.status")["state"] == "ready"
    assert rocket.call_api_post("import.run") == {"success": True}
    done = until(lambda: rocket.call_api_get("import.status"), lambda status: status["state"] == "done")
    assert done["operation"]["count"] == {"total": 1, "completed": 1, "error": 0, "users": 1}
    assert rocket.call_api_post("import.clear") == {"success": True}


def test_a_file_is_uploaded_chosen_from_and_imported(rocket):
    accepted = rocket.call_api_post(
        "uploadImportFile",
        binaryContent=base64.b64encode(CONTACTS.encode()).decode(),
        contentType="text/csv",
        fileName="contacts.csv",
        importerKey="omnichannel_contact",
    )
    assert accepted == {"success": True}
    selection = until(lambda: rocket.call_api_get("getImportFileData"), lambda data: "waiting" not in data)
    assert [contact["name"] for contact in selection["contacts"]] == ["Ann", "Bob"]
    chosen = {"contacts": {"list": [selection["contacts"][1]["id"]]}}
    assert rocket.call_api_post("startImport", input=chosen) == {"success": True}
    progress = until(lambda: rocket.call_api_get("getImportProgress"), lambda progress: progress["step"] == "importer_done")
    assert progress["count"] == {"completed": 1, "total": 1}
    current = rocket.call_api_get("getCurrentImportOperation")["operation"]
    assert (current["importerKey"], current["status"]) == ("omnichannel_contact", "importer_done")
    assert rocket.call_api_get("getLatestImportOperations")[0]["_id"] == current["_id"]


def test_a_file_is_fetched_from_an_address(rocket):
    """Nothing listens there: that the operation begins, and fails, is what is seen of it."""
    accepted = rocket.call_api_post("downloadPublicImportFile", fileUrl="http://127.0.0.1:9/x.zip", importerKey="csv")
    assert accepted == {"success": True}
    assert rocket.call_api_get("import.status")["state"] in ("loading", "error")


def test_pending_files_and_avatars_are_counted(rocket):
    assert rocket.call_api_post("downloadPendingFiles") == {"count": 0, "success": True}
    assert rocket.call_api_post("downloadPendingAvatars") == {"count": 0, "success": True}


def test_a_refusal_is_told_with_its_status(rocket):
    rocket.call_api_post("import.clear")
    assert refusal(lambda: rocket.call_api_post("import.run")) == (400, None, "error-operation-not-found")
    missing = (400, "invalid-params", "input: it is missing [invalid-params]")
    assert refusal(lambda: rocket.call_api_post("startImport")) == missing


def test_whoever_logged_out_is_a_stranger():
    rocket = RocketChat(USER, PASSWORD, server_url=URL)
    assert rocket.logout()["status"] == "success"
    assert refusal(lambda: rocket.call_api_get("import.status")) == (401, None, "unauthorized")
