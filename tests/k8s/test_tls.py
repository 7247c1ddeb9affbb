"""TLS: whose word is taken, by which name, through which proxy, and what a certificate proves.

fakecloud speaks plain http; a small front of TLS stands before it here and tells it who showed which
certificate (X-Remote-User)."""
import base64
import http.client
import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading

from kube_support import KubeTest, main, skip


class Front(socketserver.ThreadingTCPServer):
    """TLS in front of fakecloud. 'seen' holds (server name asked for, common name shown) for each connection."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, context, upstream):
        super().__init__(("127.0.0.1", 0), FrontHandler)
        self.context, self.upstream = context, upstream
        self.seen = []
        self.asked = threading.local()
        context.sni_callback = lambda _, name, __: setattr(self.asked, "name", name)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # handshakes that fail are what is tested


class FrontHandler(socketserver.StreamRequestHandler):
    def setup(self):
        self.server.asked.name = None
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        names = dict(pair[0] for pair in (self.request.getpeercert() or {}).get("subject", ()))
        self.user = names.get("commonName")
        self.server.seen.append((self.server.asked.name, self.user))
        super().setup()

    def handle(self):
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream)
        while True:
            line = self.rfile.readline().split()
            if len(line) != 3:
                break
            headers = http.client.parse_headers(self.rfile)
            body = self.rfile.read(int(headers.get("Content-Length", 0)))
            forward = {k: v for k, v in headers.items() if k.lower() not in ("host", "connection")}
            if self.user:
                forward["X-Remote-User"] = self.user
            upstream.request(line[0].decode(), line[1].decode(), body, forward)
            answer = upstream.getresponse()
            data = answer.read()
            self.wfile.write(b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n" % (answer.status, len(data)))
            for name in ("Content-Type", "Content-Encoding", "Retry-After"):
                if answer.headers.get(name):
                    self.wfile.write(("%s: %s\r\n" % (name, answer.headers[name])).encode())
            self.wfile.write(b"\r\n" + data)


class Proxy(socketserver.ThreadingTCPServer):
    """An HTTP proxy that knows CONNECT and takes every name for this machine."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ProxyHandler)
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class ProxyHandler(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        self.server.asked.append(line[1])
        far = socket.create_connection(("127.0.0.1", int(line[1].rsplit(":", 1)[1])))
        self.wfile.write(b"HTTP/1.1 200 go\r\n\r\n")

        def copy(a, b):
            try:
                while True:
                    data = a.recv(65536)
                    if not data:
                        break
                    b.sendall(data)
            except OSError:
                pass
            for end in (a, b):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        back = threading.Thread(target=copy, args=(far, self.connection), daemon=True)
        back.start()
        copy(self.connection, far)
        back.join()
        far.close()


class Tls(KubeTest):
    def setUp(self):
        super().setUp()
        if not shutil.which("openssl"):
            skip("openssl is not installed")
        self.authority("ca")
        self.certificate("server", "kube.test", "DNS:kube.test,IP:127.0.0.1")
        self.certificate("ann", "ann")

    def openssl(self, *args):
        done = subprocess.run(["openssl", *args], cwd=self.work, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".pem",
                     "-days", "2")

    def certificate(self, name, common, names="DNS:nobody.test"):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-subj", "/CN=" + common, "-keyout", name + ".key", "-out", name + ".csr")
        self.write(name + ".ext", "subjectAltName=" + names + "\n")
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                     "-set_serial", "7", "-extfile", name + ".ext", "-out", name + ".pem",
                     "-days", "2")

    def data(self, name):
        with open(self.path(name), "rb") as file:
            return base64.b64encode(file.read()).decode()

    def front(self, **scenario):
        self.serve(scenario=scenario)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.pem"), self.path("server.key"))
        context.load_verify_locations(self.path("ca.pem"))
        context.verify_mode = ssl.CERT_OPTIONAL
        front = Front(context, self.cloud.port)
        self.addCleanup(front.server_close)
        self.addCleanup(front.shutdown)
        return front

    def over(self, front, user=None, host="127.0.0.1", code=0, output="out.json", **cluster):
        server = "https://%s:%d" % (host, front.server_address[1])
        return self.scan("--resource-type", "{nodes,pods}", code=code, output=output,
                         kubeconfig=self.kubeconfig(user or {}, server=server, cluster=cluster))

    def test_the_authority_as_file_and_as_data(self):
        front = self.front()
        for cluster in ({"certificate-authority": self.path("ca.pem")},
                        {"certificate-authority": "ca.pem"},
                        {"certificate-authority-data": self.data("ca.pem")}):
            snapshot, _ = self.over(front, **cluster)
            self.assertTrue(snapshot["metadata"]["complete"])
            self.assertNotIn("warnings", snapshot["metadata"])

    def test_a_server_nobody_vouches_for(self):
        front = self.front()
        self.authority("stranger")
        for cluster in ({}, {"certificate-authority": "stranger.pem"}):
            snapshot, result = self.over(front, code=1, **cluster)
            self.assertIsNone(snapshot)
            self.assertIn("certificate", result.err)
        self.assertEqual(self.cloud.requests(), [])

    def test_insecure_is_honoured_said_and_recorded(self):
        front = self.front()
        snapshot, result = self.over(front, **{"insecure-skip-tls-verify": True})
        self.assertTrue(snapshot["metadata"]["complete"])
        said = "context x: the server's certificate is not verified"
        self.assertIn(said, result.err)
        self.assertEqual(len([w for w in snapshot["metadata"]["warnings"] if said in w]), 1)

    def test_another_name_than_the_address(self):
        self.certificate("server", "kube.test", "DNS:kube.test")
        front = self.front()
        ca = {"certificate-authority": "ca.pem"}
        snapshot, result = self.over(front, code=1, **ca)
        self.assertIsNone(snapshot)
        snapshot, _ = self.over(front, **{"tls-server-name": "kube.test", **ca})
        self.assertTrue(snapshot["metadata"]["complete"])
        self.assertEqual({name for name, _ in front.seen if name}, {"kube.test"})
        snapshot, _ = self.over(front, code=1, output="none.json",
                                **{"tls-server-name": "other.test", **ca})
        self.assertIsNone(snapshot)

    def test_client_certificates(self):
        front = self.front(users=[{"name": "ann", "admin": True}],
                           kubernetes={"trust_remote_user": True})
        ca = {"certificate-authority": "ca.pem"}
        for user in ({"client-certificate": "ann.pem", "client-key": "ann.key"},
                     {"client-certificate-data": self.data("ann.pem"),
                      "client-key-data": self.data("ann.key")},
                     {"client-certificate": "ann.pem", "client-key-data": self.data("ann.key"),
                      "token": "beside-it"}):
            snapshot, _ = self.over(front, user, **ca)
            self.assertTrue(snapshot["metadata"]["complete"])
        self.assertEqual({who for _, who in front.seen}, {"ann"})
        self.over(front, code=4, output="none.json", **ca)

    def test_a_certificate_from_a_plugin(self):
        front = self.front(users=[{"name": "ann", "admin": True}],
                           kubernetes={"trust_remote_user": True})
        with open(self.path("ann.pem")) as cert, open(self.path("ann.key")) as key:
            answer = self.write("answer.json", json.dumps({
                "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
                "status": {"clientCertificateData": cert.read(), "clientKeyData": key.read()}}))
        snapshot, _ = self.over(front, {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "cat",
            "args": [answer]}}, **{"certificate-authority": "ca.pem"})
        self.assertTrue(snapshot["metadata"]["complete"])

    def test_a_certificate_that_is_none(self):
        front = self.front()
        self.write("bad.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
        snapshot, result = self.over(
            front, {"client-certificate": "bad.pem", "client-key": "ann.key"}, code=1,
            **{"certificate-authority": "ca.pem"})
        self.assertIsNone(snapshot)
        self.assertIn("certificate", result.err)

    def test_a_proxy(self):
        front = self.front()
        proxy = Proxy()
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        snapshot, _ = self.over(front, host="kube.test", **{
            "certificate-authority": "ca.pem",
            "proxy-url": "http://127.0.0.1:%d" % proxy.server_address[1]})
        self.assertTrue(snapshot["metadata"]["complete"])
        self.assertEqual(set(proxy.asked), {"kube.test:%d" % front.server_address[1]})

    def test_no_credentials_in_the_clear(self):
        """Only a proxy lets a test have a plain http server that is not this machine."""
        self.serve()
        asked = []

        class Plain(socketserver.StreamRequestHandler):
            def handle(self):
                asked.append(self.rfile.readline().decode())
                line = self.rfile.readline().decode()
                while line.strip():
                    asked.append(line)
                    line = self.rfile.readline().decode()
                self.wfile.write(b"HTTP/1.1 401 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Plain)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        kubeconfig = self.kubeconfig({"token": "secret-token"}, server="http://kube.test:80", cluster={
            "proxy-url": "http://127.0.0.1:%d" % server.server_address[1]})
        _, result = self.scan(kubeconfig=kubeconfig, code=4)
        self.assertIn("is plain http: no credentials are sent there", result.err)
        self.assertTrue(asked)
        self.assertNotIn("secret-token", "".join(asked))


if __name__ == "__main__":
    main()
