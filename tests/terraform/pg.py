#!/usr/bin/env python3
"""pg.py DRIVER: the pg backend against a PostgreSQL server of its own.

Ends with 77 where no server is installed, or where it cannot be run."""
import glob
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile


def find(name):
    found = shutil.which(name)
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin/" + name), reverse=True)
    return found or (places[0] if places else None)


def state(lineage, count, padding=0):
    return json.dumps({
        "version": 4, "serial": 1, "lineage": lineage,
        "resources": [{"mode": "managed", "type": "terraform_data", "name": "n", "instances": [
            {"index_key": i, "attributes": {"id": "%s-%d" % (lineage, i), "pad": "é" * padding}}
            for i in range(count)]}]}, ensure_ascii=False)


class Server:
    def __init__(self, folder):
        self.folder, self.data = folder, os.path.join(folder, "data")
        self.user = None
        if os.geteuid() == 0:  # the server refuses to run as root
            for name in ("postgres", "nobody"):
                try:
                    self.user = pwd.getpwnam(name)
                    break
                except KeyError:
                    pass
            os.chmod(folder, 0o755)
            os.mkdir(self.data)
            os.chown(self.data, self.user.pw_uid, self.user.pw_gid)
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    def run(self, *command, **options):
        if self.user:
            options.update(user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[])
        return subprocess.run(command, capture_output=True, text=True, cwd=self.folder,
                              env={"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": "C"}, **options)

    def start(self):
        made = self.run(find("initdb"), "-D", self.data, "-U", "tf", "-A", "trust", "-E", "UTF8", "--no-sync")
        if made.returncode:
            return made.stderr
        # A socket only: nothing listens on the network. Its folder must have a short name.
        result = self.run(find("pg_ctl"), "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "-o",
                          "-c listen_addresses='' -c unix_socket_directories='%s' -F" % self.folder, "start")
        return result.stderr + result.stdout if result.returncode else None

    def stop(self):
        self.run(find("pg_ctl"), "-D", self.data, "-m", "immediate", "stop")

    def sql(self, text):
        result = self.run(find("psql"), "-h", self.folder, "-U", "tf", "-d", "postgres", "-v",
                          "ON_ERROR_STOP=1", "-q", "-f", "-", input=text)
        if result.returncode:
            sys.exit("psql: " + result.stderr)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def table(schema, states):
    lines = ['CREATE SCHEMA "%s";' % schema, "CREATE SEQUENCE IF NOT EXISTS public.global_states_id_seq AS bigint;",
             """CREATE TABLE "%s".states (id bigint NOT NULL DEFAULT nextval('public.global_states_id_seq')
             PRIMARY KEY, name text UNIQUE, data text);""" % schema]
    for name, text in states.items():
        lines.append('INSERT INTO "%s".states (name, data) VALUES (%s, %s);' % (schema, quoted(name), quoted(text)))
    return "\n".join(lines)


def collect(driver, folder, backend, *flags):
    config = os.path.join(folder, "config.yaml")
    with open(config, "w") as out:
        json.dump({"providers": {"terraform": {"backends": [backend]}}}, out)
    return subprocess.run([driver, "--config", config, *flags], capture_output=True, text=True)


def check(driver, server, folder, wrong):
    server.sql(table("terraform_remote_state", {"default": state("a", 3), "dev": state("b", 2), "empty": "",
                                                "bad": "{", "large": state("c", 900, 8000)}))
    server.sql(table('odd "schema"'.replace('"', '""'), {"default": state("d", 1)}))
    server.sql("CREATE USER poor;")
    conn = "host=%s user=tf dbname=postgres" % folder
    result = collect(driver, folder, {"type": "pg", "conn_str": conn})
    names = [json.loads(line)["native_id"].split("-")[0] for line in result.stdout.splitlines()]
    counts = {name: names.count(name) for name in set(names)}
    if counts != {"a": 3, "b": 2, "c": 900}:
        wrong.append("counts %s (%s)" % (counts, result.stderr))
    rows = [r.split("\t") for r in collect(driver, folder, {"type": "pg", "conn_str": conn},
                                           "--rows").stdout.splitlines()]
    seen = {r[0].rsplit("/", 1)[1]: r[1] for r in rows}
    if seen != {"default": "ok", "dev": "ok", "large": "ok", "empty": "skipped", "bad": "error"}:
        wrong.append("rows %s" % seen)
    odd = collect(driver, folder, {"type": "pg", "conn_str": conn, "schema_name": 'odd "schema"'})
    if len(odd.stdout.splitlines()) != 1:
        wrong.append("a schema with quotes: " + odd.stderr)
    for backend, status, part in (
            ({"conn_str": conn, "schema_name": "nowhere"}, "error", "is not there"),
            ({"conn_str": "host=%s user=poor dbname=postgres" % folder}, "denied", "permission denied"),
            ({"conn_str": "host=%s/none user=tf dbname=postgres" % folder}, "error", "cannot connect"),
            ({"conn_str": "no equals sign"}, "error", "cannot connect")):
        line = collect(driver, folder, dict(backend, type="pg"), "--rows").stdout.rstrip("\n").split("\t")
        if line[1] != status or part not in line[3]:
            wrong.append("%s: %s" % (backend, line))


def main():
    driver = sys.argv[1]
    missing = [name for name in ("initdb", "pg_ctl", "postgres", "psql") if not find(name)]
    if missing:
        print("SKIPPED: not installed: " + ", ".join(missing))
        return 77
    wrong = []
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = Server(folder)
        problem = server.start()
        if problem:
            print("SKIPPED: the server does not start: " + problem.strip())
            return 77
        try:
            check(driver, server, folder, wrong)
        finally:
            server.stop()
    print("pg backend: %d differences" % len(wrong))
    for line in wrong:
        print("  " + line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
