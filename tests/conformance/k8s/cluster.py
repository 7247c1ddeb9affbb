"""A Kubernetes API server of our own: etcd and kube-apiserver on loopback, with certificates, users and a kubeconfig.

Owns everything below the folder it is given and the processes it starts; close() ends them. There is no kubelet, no
scheduler and no controller, so what is created stays as it was created. One thread uses a Cluster; a Client belongs
to the thread that made it. Failure is a RuntimeError that names the log to read."""
import base64
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

# What each context of the kubeconfig is for; run.py lets the scans and kubectl use them by name. The rights of the users are in
# objects.py (access()).
USERS = ("admin", "limited", "narrow", "nobody")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_file(path, text, mode=0o600):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as out:
        out.write(text)
    return path


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


class Client:
    """One keep-alive connection to the API server with one user's token."""

    def __init__(self, port, token, ca_file):
        context = ssl.create_default_context(cafile=ca_file)
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
        self.headers = {"Authorization": "Bearer " + token, "Accept": "application/json"}

    def call(self, method, path, body=None, content_type="application/json"):
        """Returns (status, document). A connection the server closed in between is opened again once."""
        headers = dict(self.headers)
        if body is not None:
            body = json.dumps(body).encode()
            headers["Content-Type"] = content_type
        for attempt in (1, 2):
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                text = answer.read()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()
                if attempt == 2:
                    raise
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode(errors="replace")

    def close(self):
        self.connection.close()


class Etcd:
    """The few calls the rig makes to etcd itself, through its JSON gateway."""

    def __init__(self, port):
        self.port = port
        self.compacting = threading.Lock()

    def call(self, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"etcd {path}: {answer.status} {text[:200]!r}")
        return json.loads(text)

    def compact(self):
        """Forgets every revision but the present one, after making one, so that any token handed out so far is stale."""
        with self.compacting:       # to an older revision than another has just compacted to is an error
            put = self.call("/v3/kv/put", {"key": b64("/wgo-conformance/tick"), "value": b64(str(time.time_ns()))})
            revision = put["header"]["revision"]
            self.call("/v3/kv/compaction", {"revision": revision, "physical": True})
        return int(revision)


class Cluster:
    def __init__(self, folder, apiserver):
        self.folder, self.apiserver = folder, apiserver
        self.processes = []
        self.tokens = {user: secrets.token_hex(16) for user in USERS}
        self.port = free_port()
        self.pki = os.path.join(folder, "pki")
        self.ca_file = os.path.join(self.pki, "ca.crt")
        self.kubeconfig = os.path.join(folder, "kubeconfig")
        self.etcd = Etcd(free_port())

    def client(self, user="admin"):
        return Client(self.port, self.tokens[user], self.ca_file)

    # --- certificates -------------------------------------------------------------------------------------------

    def openssl(self, *args):
        done = subprocess.run(["openssl", *args], cwd=self.pki, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {args[0]}: {done.stderr.strip()}")

    def make_certificates(self):
        os.mkdir(self.pki, 0o700)
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=wgo-conformance-ca",
                     "-keyout", "ca.key", "-out", "ca.crt")
        for name, subject, extension in (
                ("server", "/CN=kube-apiserver",
                 "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth\n"),
                ("admin", "/O=system:masters/CN=admin-by-certificate", "extendedKeyUsage=clientAuth\n")):
            write_file(os.path.join(self.pki, name + ".ext"), extension)
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject,
                         "-keyout", name + ".key", "-out", name + ".csr")
            self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                         "-days", "30", "-extfile", name + ".ext", "-out", name + ".crt")
        self.openssl("genrsa", "-out", "service-account.key", "2048")
        self.openssl("rsa", "-in", "service-account.key", "-pubout", "-out", "service-account.pub")

    # --- processes ----------------------------------------------------------------------------------------------

    def start(self, name, command):
        # The kernel ends the child when this process dies without a chance to do it itself.
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        log = os.path.join(self.folder, name + ".log")
        with open(log, "w") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                                       start_new_session=True)
        self.processes.append((name, process, log))

    def check_alive(self):
        for name, process, log in self.processes:
            if process.poll() is not None:
                with open(log, errors="replace") as text:
                    tail = "".join(text.readlines()[-5:])
                raise RuntimeError(f"{name} ended with {process.returncode}; see {log}\n{tail}")

    def start_etcd(self):
        peer = f"http://127.0.0.1:{free_port()}"
        here = f"http://127.0.0.1:{self.etcd.port}"
        self.start("etcd", ["etcd", "--name", "conformance", "--data-dir", os.path.join(self.folder, "etcd"),
                            "--listen-client-urls", here, "--advertise-client-urls", here,
                            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                            "--initial-cluster", "conformance=" + peer, "--logger", "zap",
                            "--snapshot-count", "100000", "--quota-backend-bytes", str(4 << 30)])
        return here

    def start_apiserver(self, etcd_url):
        groups = {"admin": "system:masters"}
        write_file(os.path.join(self.pki, "tokens.csv"),
                   "".join(f'{token},{user},{user}-uid,"{groups.get(user, "wgo:" + user)}"\n'
                           for user, token in self.tokens.items()))
        pki = {name: os.path.join(self.pki, name) for name in os.listdir(self.pki)}
        self.start("kube-apiserver", [
            self.apiserver,
            "--etcd-servers=" + etcd_url,
            "--etcd-compaction-interval=0",             # compaction is for the forced 410 alone
            "--bind-address=127.0.0.1", f"--secure-port={self.port}",
            "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--cert-dir=" + self.pki,
            "--tls-cert-file=" + pki["server.crt"], "--tls-private-key-file=" + pki["server.key"],
            "--client-ca-file=" + pki["ca.crt"],
            "--token-auth-file=" + pki["tokens.csv"],
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=" + pki["service-account.pub"],
            "--service-account-signing-key-file=" + pki["service-account.key"],
            "--disable-admission-plugins=ServiceAccount",   # nobody makes the accounts that pods would need
            "--profiling=false"])

    def wait_ready(self, timeout_s=180):
        deadline = time.monotonic() + timeout_s
        last = "no answer"
        while time.monotonic() < deadline:
            self.check_alive()
            client = self.client()
            try:
                status, body = client.call("GET", "/readyz")
                if status == 200:
                    return
                last = f"{status} {str(body)[-300:]}"
            except (OSError, http.client.HTTPException) as problem:
                last = str(problem)
            finally:
                client.close()
            time.sleep(0.3)
        raise RuntimeError(f"kube-apiserver is not ready after {timeout_s} s ({last}); see {self.folder}")

    def open(self):
        self.make_certificates()
        self.start_apiserver(self.start_etcd())
        self.wait_ready()

    def close(self):
        for _, process, _ in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    # --- kubeconfig ---------------------------------------------------------------------------------------------

    def write_kubeconfig(self, proxies):
        """`proxies` maps the name of a context to the port of a proxy; the admin's token is used through it."""
        def server(port):
            return {"server": f"https://127.0.0.1:{port}", "certificate-authority": self.ca_file}

        token_file = write_file(os.path.join(self.pki, "admin.token"), self.tokens["admin"] + "\n")
        credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                      "status": {"token": self.tokens["admin"]}}
        plugin = write_file(os.path.join(self.pki, "plugin"), f"#!/bin/sh\necho '{json.dumps(credential)}'\n", 0o700)
        certificate = os.path.join(self.pki, "admin")
        users = {name: {"token": token} for name, token in self.tokens.items()}
        users["admin-certificate"] = {"client-certificate": certificate + ".crt", "client-key": certificate + ".key"}
        users["admin-token-file"] = {"tokenFile": token_file}
        users["admin-exec"] = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": plugin,
                                        "interactiveMode": "Never"}}
        users["wrong-token"] = {"token": "not-a-token-of-this-server"}
        contexts = {name: {"cluster": "conformance", "user": name} for name in users}
        for name in proxies:
            contexts[name] = {"cluster": name, "user": "admin"}
        clusters = {"conformance": server(self.port), **{name: server(port) for name, port in proxies.items()}}
        # JSON is YAML: kubectl and every other reader of a kubeconfig take it.
        write_file(self.kubeconfig, json.dumps({
            "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": "admin",
            "clusters": [{"name": name, "cluster": body} for name, body in clusters.items()],
            "users": [{"name": name, "user": body} for name, body in users.items()],
            "contexts": [{"name": name, "context": body} for name, body in contexts.items()]}, indent=1) + "\n")
