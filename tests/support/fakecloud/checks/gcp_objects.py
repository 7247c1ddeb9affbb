"""Cloud Storage's objects, where Terraform's gcs backend keeps states: read by Google's own client."""
import base64
import hashlib
import os
import subprocess
import tempfile
import urllib.parse

from checks import harness
from checks.gcp_client import Gcp, document, error_of, googleapiclient, needs_google, unknown_members
from checks.harness import Cloud, test

KEY = base64.b64encode(b"0123456789abcdef" * 2).decode()
OTHER = base64.b64encode(b"fedcba9876543210" * 2).decode()
NAMES = ["net/a b.tfstate", "net/default.tflock", "net/default.tfstate", "net/deep/er.tfstate", "net/deep/est.tfstate",
         "net/zoë(1)+.tfstate", "other.tfstate"]


def content(name):
    return ("state of " + name).encode() * 100


def fill(folder):
    for name in NAMES:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content(name))
    return folder


def sealed(request, key, algorithm="AES256", digest=None):
    raw = base64.b64decode(key)
    request.headers.update({
        "x-goog-encryption-algorithm": algorithm, "x-goog-encryption-key": key,
        "x-goog-encryption-key-sha256": digest or base64.b64encode(hashlib.sha256(raw).digest()).decode()})
    return request


def words_of(call):
    """Status and text of a download that fails."""
    try:
        call.execute()
    except googleapiclient.errors.HttpError as e:
        assert e.resp["content-type"].startswith("text/html"), e.resp
        return e.resp.status, e.content.decode()
    raise AssertionError("it was answered")


@needs_google
def objects_are_listed_as_google_lists_them():
    with tempfile.TemporaryDirectory() as d:
        fill(d)
        with Gcp("--tf-gcs", "states=" + d) as gcp:
            schema = document("storage", "v1")
            whole = gcp.all("storage", "v1", "objects.list", bucket="states")
            assert len(whole) == 1
            assert [i["name"] for i in whole[0]["items"]] == sorted(NAMES, key=str.encode)
            assert not unknown_members(schema, "Objects", whole[0])
            for item in whole[0]["items"]:
                body = content(item["name"])
                assert item["size"] == str(len(body)) and item["kind"] == "storage#object"
                assert base64.b64decode(item["md5Hash"]) == hashlib.md5(body).digest()
                assert item["id"] == f"states/{item['name']}/{item['generation']}"
                assert item["selfLink"].endswith("/b/states/o/" + urllib.parse.quote(item["name"], safe="~"))
            for size in (1, 2, 3, 1000):
                pages = gcp.all("storage", "v1", "objects.list", bucket="states", prefix="net/", delimiter="/",
                                maxResults=size)
                names = [i["name"] for p in pages for i in p.get("items", [])]
                assert names == [n for n in sorted(NAMES, key=str.encode)
                                 if n.startswith("net/") and "deep" not in n], names
                assert [x for p in pages for x in p.get("prefixes", [])] == ["net/deep/"]
                assert all(len(p.get("items", [])) + len(p.get("prefixes", [])) <= size for p in pages)
                assert len(pages) == (5 + size - 1) // size
            some = gcp.api("storage", "v1").objects().list(
                bucket="states", prefix="net/", fields="kind,nextPageToken,items/name").execute()
            assert set(some) == {"kind", "items"} and all(set(i) == {"name"} for i in some["items"])
            some = gcp.api("storage", "v1").objects().list(
                bucket="states", maxResults=1, fields="nextPageToken,items(size,name)").execute()
            assert set(some) == {"nextPageToken", "items"} and set(some["items"][0]) == {"size", "name"}
            none = gcp.api("storage", "v1").objects().list(bucket="states", prefix="none/").execute()
            assert none == {"kind": "storage#objects"}
            declared = gcp.all("storage", "v1", "buckets.list", project="fake-project-00000")[0]["items"][0]["name"]
            assert gcp.api("storage", "v1").objects().list(bucket=declared).execute() == none


@needs_google
def objects_are_downloaded():
    with tempfile.TemporaryDirectory() as d:
        fill(d)
        with Gcp("--tf-gcs", "states=" + d) as gcp:
            objects = gcp.api("storage", "v1").objects()
            for name in NAMES:
                assert objects.get_media(bucket="states", object=name).execute() == content(name)
                known = objects.get(bucket="states", object=name).execute()
                assert known["name"] == name and not unknown_members(document("storage", "v1"), "Object", known)
                path = "/b/states/o/" + urllib.parse.quote(name, safe="") + "?alt=media"
                for root in ("/storage/v1", "/download/storage/v1", "/gcp/storage/download/storage/v1"):
                    answer = gcp.ask(root + path, headers=gcp.bearer())
                    assert answer.status == 200 and answer.body == content(name), (root, answer.status)
                    assert answer.headers["x-goog-generation"] == known["generation"]
            with open(os.path.join(d, "other.tfstate"), "wb") as f:
                f.write(b"changed")
            assert objects.get_media(bucket="states", object="other.tfstate").execute() == b"changed"


@needs_google
def objects_that_are_not_to_be_had():
    with tempfile.TemporaryDirectory() as d:
        fill(d)
        with Gcp("--tf-gcs", "states=" + d, "--tf-gcs", "closed=" + d) as gcp:
            objects = gcp.api("storage", "v1").objects()
            assert words_of(objects.get_media(bucket="states", object="no/such")) == (
                404, "No such object: states/no/such")
            for outside in ("../" + os.path.basename(d) + "/other.tfstate", "net", "", "net/../other.tfstate"):
                if outside:
                    assert words_of(objects.get_media(bucket="states", object=outside))[0] == 404
            assert words_of(objects.get_media(bucket="nowhere", object="x")) == (
                404, "The specified bucket does not exist.")
            status, error = error_of(objects.get(bucket="states", object="no"))
            assert (status, error["message"], error["errors"][0]["reason"]) == (
                404, "No such object: states/no", "notFound")
            status, error = error_of(objects.list(bucket="nowhere"))
            assert (status, error["message"], error["errors"][0]["reason"]) == (
                404, "The specified bucket does not exist.", "notFound")
            status, error = error_of(objects.list(bucket="states", pageToken="forged"))
            assert status == 400
            status, error = error_of(objects.list(bucket="states", fields="items/nme"))
            assert status == 400 and error["message"] == "Invalid field selection nme"
        with Gcp("--tf-gcs", "states=" + d, "--gcp-deny", '{"service": "storage", "operation": "objects.*"}') as gcp:
            objects = gcp.api("storage", "v1").objects()
            status, error = error_of(objects.list(bucket="states"))
            assert status == 403 and error["errors"][0]["reason"] == "forbidden"
            assert "does not have storage.objects.list access" in error["message"]
            status, text = words_of(objects.get_media(bucket="states", object="other.tfstate"))
            assert status == 403 and "does not have storage.objects.get access" in text


@needs_google
def objects_under_a_customers_key():
    with tempfile.TemporaryDirectory() as d:
        fill(d)
        buckets = {"sealed": {"dir": d, "encryption_key": KEY, "page_size": 2}, "open": d}
        with Gcp(gcp={"buckets": buckets}) as gcp:
            objects = gcp.api("storage", "v1").objects()
            pages = gcp.all("storage", "v1", "objects.list", bucket="sealed")
            assert len(pages) == 4 and not any(unknown_members(document("storage", "v1"), "Objects", p) for p in pages)
            digest = base64.b64encode(hashlib.sha256(base64.b64decode(KEY)).digest()).decode()
            assert all(i["customerEncryption"] == {"encryptionAlgorithm": "AES256", "keySha256": digest}
                       and "md5Hash" not in i for p in pages for i in p["items"])

            def download(bucket="sealed"):
                return objects.get_media(bucket=bucket, object="other.tfstate")
            assert sealed(download(), KEY).execute() == content("other.tfstate")
            for request, words in (
                    (download(), "The target object is encrypted by a customer-supplied encryption key."),
                    (sealed(download(), OTHER), "The provided encryption key is incorrect."),
                    (sealed(download(), KEY, algorithm="AES128"), "Missing an encryption algorithm"),
                    (sealed(download(), KEY, digest=digest[::-1]), "Missing a SHA256 hash"),
                    (sealed(download(), KEY[:-8] + "AAAA", digest=digest), "Missing an encryption key"),
                    (sealed(download("open"), KEY), "The target object is not encrypted by a customer-supplied")):
                status, text = words_of(request)
                assert status == 400 and text.startswith(words), (status, text, words)


@test
def objects_want_a_token():
    with tempfile.TemporaryDirectory() as d:
        fill(d)
        path = "/storage/v1/b/states/o"
        with Cloud("--tf-gcs", "states=" + d) as cloud:
            for headers in ({}, {"Authorization": "Bearer no"}):
                assert cloud.ask(path, headers=headers).status == 401
                assert cloud.ask(path + "/other.tfstate?alt=media", headers=headers).status == 401
        with Cloud("--tf-gcs", "states=" + d, "--gcp-anonymous") as cloud:
            assert len(cloud.get(path)["items"]) == len(NAMES)
            assert cloud.ask(path + "/other.tfstate?alt=media").body == content("other.tfstate")
            assert cloud.ask(path + "/other.tfstate", method="DELETE").status == 404
            assert [line["operation"] for line in cloud.log()][:2] == ["objects.list", "objects.get"]


@test
def buckets_that_make_no_sense():
    for flags in (["--tf-gcs", "states"], ["--scenario", "/dev/stdin"]):
        done = subprocess.run([harness.FAKECLOUD, *flags, "--max-seconds", "1"], stderr=subprocess.PIPE, timeout=20,
                              input=b'{"gcp": {"buckets": {"b": {"dir": "/", "encryption_key": "short"}}}}')
        assert done.returncode == 2 and done.stderr, flags
