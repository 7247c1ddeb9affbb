"""Tokens: azure-identity gets them by every way there is, and is refused in Entra ID's words."""
import base64
import datetime
import json
import os
import stat
import tempfile
import urllib.parse

from checks.azure_client import (Azure, BEARER, READER, Rewriting, SCOPE, SECRET, error_of,
                                 needs_identity)
from checks.harness import test

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ask_token(cloud, tenant=None, **fields):
    """The answer to a request for a token, with what it needs filled in."""
    form = {"grant_type": "client_credentials", "client_id": READER, "scope": SCOPE, **fields}
    tenant = tenant or cloud.declared()["tenant"]
    return cloud.ask(f"/azure/login/{tenant}/oauth2/v2.0/token", "POST", FORM,
                     urllib.parse.urlencode(form))


def unsigned(claims, header=None):
    parts = [json.dumps(header or {"alg": "RS256"}), json.dumps(claims), "x"]
    return ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts)


@test
def entra_id_says_what_is_wrong():
    with Azure() as cloud:
        tenant = cloud.declared()["tenant"]
        for fields, status, error, number in [
                ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
                ({"client_secret": "old-secret"}, 401, "invalid_client", 7000222),
                ({}, 401, "invalid_client", 7000216),
                ({"client_id": tenant, "client_secret": SECRET}, 400, "unauthorized_client",
                 700016),
                ({"tenant": READER, "client_secret": SECRET}, 400, "invalid_request", 90002),
                ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
                ({"client_secret": SECRET, "scope": "x"}, 400, "invalid_scope", 1002012),
                ({"client_assertion": "x.y"}, 401, "invalid_client", 50027),
                ({"client_assertion": unsigned({"sub": "somebody"})}, 401, "invalid_client",
                 700213),
                ({"client_assertion": unsigned({}, {"alg": "RS256", "x5t": "AAAA"})}, 401,
                 "invalid_client", 700027)]:
            answer = ask_token(cloud, **fields)
            got = answer.json()
            assert (answer.status, got["error"], got["error_codes"]) == (status, error, [number])
            assert got["error_description"].startswith(f"AADSTS{number}: "), got
            assert SECRET not in answer.body.decode()
        good = ask_token(cloud, client_secret=SECRET).json()
        assert good["token_type"] == "Bearer" and good["expires_in"] == 3599
        instance = cloud.get("/azure/login/common/discovery/instance?api-version=1.1")
        assert tenant in instance["tenant_discovery_endpoint"]
        openid = cloud.get(f"/azure/login/{tenant}/v2.0/.well-known/openid-configuration")
        assert openid["token_endpoint"].endswith(f"{tenant}/oauth2/v2.0/token")


@test
def tokens_are_sealed_and_expire():
    with Azure(azure={"verify": True}) as cloud:
        token = ask_token(cloud, client_secret=SECRET).json()["access_token"]
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["appid"] == READER and claims["tid"] == cloud.declared()["tenant"]

        def status(headers):
            return cloud.arm("/subscriptions", "2022-12-01", headers)
        assert status({"Authorization": "Bearer " + token}).status == 200
        for headers, code in [({"Authorization": "Basic x"}, "AuthenticationFailed"),
                              (BEARER, "InvalidAuthenticationToken"),
                              ({"Authorization": "Bearer " + token[:-2]},
                               "InvalidAuthenticationToken")]:
            answer = status(headers)
            assert answer.status == 401 and error_of(answer)[0] == code
            assert answer.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")
        other = ask_token(cloud, client_secret=SECRET,
                          scope="https://vault.azure.net/.default").json()["access_token"]
        assert error_of(status({"Authorization": "Bearer " + other}))[0] == \
            "InvalidAuthenticationTokenAudience"
        assert {line["user"] for line in cloud.log() if line["status"] == 200} >= {"reader"}
    with Azure(azure={"token_ttl_s": 0}) as cloud:
        token = ask_token(cloud, client_secret=SECRET).json()["access_token"]
        answer = cloud.arm("/subscriptions", "2022-12-01", {"Authorization": "Bearer " + token})
        assert error_of(answer)[0] == "ExpiredAuthenticationToken"


@test
def managed_identities_answer_as_documented():
    folder = tempfile.mkdtemp(prefix="fakecloud-arc-")
    with Azure("--azure-arc-dir", folder) as cloud:
        query = "?api-version=2018-02-01&resource=https://management.azure.com/"
        metadata = {"Metadata": "true"}
        imds = "/metadata/identity/oauth2/token"
        assert cloud.ask(imds + query).status == 400
        assert cloud.ask(imds + "?resource=x", headers=metadata).status == 400
        assert cloud.ask(imds + query + "&client_id=" + READER[:-1] + "9",
                         headers=metadata).status == 400
        token = cloud.get(imds + query, headers=metadata)
        assert token["client_id"] == READER and int(token["expires_in"]) == 3599
        assert cloud.arm("/subscriptions", "2022-12-01",
                         {"Authorization": "Bearer " + token["access_token"]}).status == 200
        service = "/azure/msi/token?api-version=2019-08-01&resource=x"
        assert cloud.ask(service, headers={"X-IDENTITY-HEADER": "no"}).status == 401
        assert int(cloud.get(service, headers={"X-IDENTITY-HEADER": "fake-identity-header"})[
            "expires_on"]) > 1700000000
        arc = "/azure/arc/metadata/identity/oauth2/token?api-version=2020-06-01&resource=x"
        challenge = cloud.ask(arc, headers=metadata)
        assert challenge.status == 401
        path = challenge.headers["WWW-Authenticate"].removeprefix("Basic realm=")
        assert os.path.dirname(path) == folder and stat.S_ISREG(os.stat(path).st_mode)
        with open(path) as f:
            key = f.read()
        assert cloud.ask(arc, headers={**metadata, "Authorization": "Basic no"}).status == 401
        assert cloud.get(arc, headers={**metadata, "Authorization": "Basic " + key})["access_token"]
    assert os.listdir(folder) == []
    os.rmdir(folder)


def certificate(folder):
    """A self-signed certificate; the file with its key, and without."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "reader")])
    now = datetime.datetime.now(datetime.timezone.utc)
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1).not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
    public = cert.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    paths = []
    for kind, text in (("both", private + public), ("public", public)):
        paths.append(os.path.join(folder, kind + ".pem"))
        with open(paths[-1], "wb") as f:
            f.write(text)
    return paths


def reads(cloud, credential):
    """Whether the credential gets a token that lists the subscriptions' groups."""
    subscription = cloud.declared()["subscriptions"][0]
    groups = list(cloud.resources(subscription, credential).resource_groups.list())
    return len(groups) == cloud.declared()["types"]["Microsoft.Resources/resourceGroups"]["total"]


@needs_identity
def azure_identity_gets_tokens():
    import azure.identity
    from azure.core.exceptions import ClientAuthenticationError
    with tempfile.TemporaryDirectory() as folder:
        both, public = certificate(folder)
        stranger = certificate(tempfile.mkdtemp(dir=folder))[0]
        federated = os.path.join(folder, "token")
        with open(federated, "w") as f:
            f.write(unsigned({"sub": "system:serviceaccount:default:wgo", "iss": "https://oidc"}))
        with Azure("--azure-cert", public, azure={"verify": True}) as cloud:
            tenant = cloud.declared()["tenant"]
            kw = {"transport": Rewriting(cloud.base), "retry_total": 0}
            for credential in [
                    azure.identity.ClientSecretCredential(tenant, READER, SECRET, **kw),
                    azure.identity.CertificateCredential(tenant, READER, both, **kw),
                    azure.identity.WorkloadIdentityCredential(
                        tenant_id=tenant, client_id=READER, token_file_path=federated, **kw)]:
                assert reads(cloud, credential), type(credential)
            for credential, number in [
                    (azure.identity.ClientSecretCredential(tenant, READER, "no", **kw), 7000215),
                    (azure.identity.CertificateCredential(tenant, READER, stranger, **kw), 700027)]:
                try:
                    credential.get_token(SCOPE)
                except ClientAuthenticationError as e:
                    assert f"AADSTS{number}" in str(e), e
                else:
                    raise AssertionError("it was let in")


def signed(both, tenant, alg, header, **claims):
    """A client assertion as RFC 7523 and Entra ID want it, made by PyJWT."""
    import jwt
    now = int(datetime.datetime.now().timestamp())
    with open(both) as f:
        key = f.read()
    claims = {"aud": f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", "iss": READER,
              "sub": READER, "jti": "1", "nbf": now, "exp": now + 300, **claims}
    return jwt.encode(claims, key[:key.index("-----BEGIN CERT")], algorithm=alg, headers=header)


@needs_identity
def assertions_are_checked():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    with tempfile.TemporaryDirectory() as folder:
        both, public = certificate(folder)
        with open(public, "rb") as f:
            cert = x509.load_pem_x509_certificate(f.read())

        def print_of(digest):
            return base64.urlsafe_b64encode(cert.fingerprint(digest)).decode().rstrip("=")
        old, new = {"x5t": print_of(hashes.SHA1())}, {"x5t#S256": print_of(hashes.SHA256())}
        with Azure("--azure-cert", public) as cloud:
            tenant = cloud.declared()["tenant"]
            for alg, header, claims, number in [
                    ("RS256", old, {}, None), ("PS256", new, {}, None), ("RS256", new, {}, None),
                    ("RS384", old, {}, 700027), ("RS256", old, {"exp": 1000}, 700024),
                    ("RS256", old, {"nbf": 4102444800}, 700024),
                    ("PS256", new, {"aud": "https://example.com"}, 700023),
                    ("PS256", new, {"iss": "somebody"}, 700021)]:
                answer = ask_token(cloud, client_assertion=signed(both, tenant, alg, header,
                                                                  **claims))
                got = answer.json().get("error_codes")
                assert got == (number and [number]), (alg, claims, answer.body)


@needs_identity
def azure_identity_is_a_managed_identity():
    import azure.identity
    with Azure(azure={"verify": True}) as cloud:
        for environment in [{"AZURE_POD_IDENTITY_AUTHORITY_HOST": cloud.base},
                            {"IDENTITY_ENDPOINT": cloud.base + "/azure/msi/token",
                             "IDENTITY_HEADER": "fake-identity-header"}]:
            os.environ.update(environment)
            try:
                assert reads(cloud, azure.identity.ManagedIdentityCredential(retry_total=0))
            finally:
                for key in environment:
                    del os.environ[key]
