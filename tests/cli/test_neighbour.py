"""A good neighbour: quotas of several keys are used up and never exceeded, and few connections carry many calls."""
import os
import shutil
import socket
import subprocess

from cli_support import CliTest, main, skip

# A list of projects, a hundred a page, and a call for each of them.
DESCRIPTION = """provider: codescan
api:
  base: %s/codescan/v1
  auth: %s
%sentries:
  - name: projects
    request: { path: /projects, query: { page_size: "100" } }
    page: { number_in: page, size: 100, more: pagination.has_next }
    items: data[]
    id: "codescan://project/{item.id}"
    children: [{ entry: detail, vars: { project: "{item.id}" } }]
  - name: detail
    part: detail
    request: { path: "/projects/{project}" }
    items: data
    id: "{parent}"
"""
NGINX = """daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 512; }
http {
  log_format one '$connection $server_protocol $status';
  access_log access.log one;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  upstream behind { server 127.0.0.1:%d; keepalive 64; }
  server {
    listen 127.0.0.1:%d ssl%s;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
"""


class Neighbour(CliTest):
    def scan(self, *args, **env):
        result = self.wgo("scan", "-p", "codescan", "--catalog", "codescan.yaml", "-o", "out.json", "-q", "--no-cache",
                          *args, env=env)
        self.assert_code(result, 0)
        resources = self.load("out.json")["resources"]
        self.assertTrue(all("detail" in resource["configuration"] for resource in resources))
        return resources


class Keys(Neighbour):
    def test_three_keys_are_used_up_to_the_call(self):
        limits = {"a": 9, "b": 21, "c": 36}
        for headers in ("x", "draft", "ietf"):
            with self.subTest(headers=headers):
                cloud = self.fakecloud("--codescan-projects", "65", "--codescan-headers", headers, *(
                    word for key, limit in limits.items() for word in ("--codescan-key", "%s=%d:1000:1" % (key, limit))))
                self.write("codescan.yaml", DESCRIPTION % (
                    "http://127.0.0.1:%d" % cloud.port, "{ kind: bearer, keys: [cs_a, cs_b, cs_c] }", ""))
                self.assertEqual(len(self.scan()), 65)
                used = {}
                for one in cloud.requests():
                    self.assertEqual(one["status"], 200)
                    used[one["user"]] = used.get(one["user"], 0) + 1
                self.assertEqual(used, limits)
                self.doCleanups()
                self.setUp()


class Connections(Neighbour):
    CALLS, PROJECTS = 1000, 990  # ten pages, and a call for each

    def serve(self):
        return self.fakecloud("--codescan-projects", str(self.PROJECTS), "--codescan-no-throttle", "--latency-ms", "5")

    def front(self, cloud, http2):
        """nginx before it, with its own limits: a connection takes a thousand requests."""
        nginx = next((path for path in ("/usr/sbin/nginx", "/usr/local/sbin/nginx", shutil.which("nginx") or "")
                      if os.access(path, os.X_OK)), None)
        if not nginx or not shutil.which("openssl"):
            skip("no nginx, or no openssl")
        folder = os.path.join(self.dir, "front")
        os.mkdir(folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=front",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
                       cwd=folder, check=True, capture_output=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(NGINX % (cloud.port, port, " http2" if http2 else ""))
        process = subprocess.Popen([nginx, "-p", folder, "-e", "stderr", "-c", os.path.join(folder, "nginx.conf")],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)

        def up():
            self.assertIsNone(process.poll(), "nginx ended")
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        self.wait_for(up, "nginx")
        return "https://127.0.0.1:%d" % port, os.path.join(folder, "cert.pem"), os.path.join(folder, "access.log")

    def describe(self, base, more=""):
        self.write("codescan.yaml", DESCRIPTION % (base, "{ kind: bearer, token: env:KEY }", more))

    def fronted(self, http2):
        cloud = self.serve()
        base, certificate, log = self.front(cloud, http2)
        self.describe(base, "  ca_file: %s\n" % certificate)
        self.assertEqual(len(self.scan(KEY="cs_free")), self.PROJECTS)

        def logged():
            with open(log, encoding="utf-8") as file:
                lines = [line.split() for line in file]
            return lines if len(lines) >= self.CALLS else None
        lines = self.wait_for(logged, "nginx's log")
        self.assertEqual(len(lines), self.CALLS)
        self.assertEqual({line[2] for line in lines}, {"200"})
        return {line[0] for line in lines}, {line[1] for line in lines}

    def test_http1(self):
        cloud = self.serve()
        self.describe("http://127.0.0.1:%d" % cloud.port)
        self.assertEqual(len(self.scan(KEY="cs_free")), self.PROJECTS)
        requests = cloud.requests()
        self.assertEqual(len(requests), self.CALLS)
        used = {one["connection"] for one in requests}
        print("HTTP/1.1: %d requests by %d connections" % (len(requests), len(used)))
        self.assertLessEqual(len(used), 10)

    def test_http1_by_tls(self):
        used, protocols = self.fronted(False)
        self.assertEqual(protocols, {"HTTP/1.1"})
        print("HTTP/1.1 by TLS: %d requests by %d connections" % (self.CALLS, len(used)))
        self.assertLessEqual(len(used), 10)

    def test_http2(self):
        used, protocols = self.fronted(True)
        self.assertEqual(protocols, {"HTTP/2.0"})
        print("HTTP/2: %d requests by %d connections" % (self.CALLS, len(used)))
        self.assertEqual(len(used), 1)


if __name__ == "__main__":
    main()
