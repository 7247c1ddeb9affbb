"""Other programs beside wgo on the same cloud, by turns; which ones stands in tools.txt."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import worlds
from bench_support import Failure, medians, run, scan

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = ("name", "needs", "world", "types", "command")
WORDS = re.compile(r"\{(base|kubeconfig|here|python)\}")  # in a command; other braces are its own


def read_tools(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    tools = []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        tool = dict(zip(FIELDS, (word.strip() for word in line.split("|", len(FIELDS) - 1))))
        if len(tool) != len(FIELDS) or tool["world"] not in worlds.MAKERS or not words_of(tool["command"]):
            raise Failure("%s: not understood: %s" % (path, line))
        if tool["name"] in [other["name"] for other in tools]:
            raise Failure("%s: two lines are called %s" % (path, tool["name"]))
        tools.append(tool)
    return tools


def words_of(command):
    """As a shell would part them; none when its quotes are not in pairs."""
    try:
        return shlex.split(command)
    except ValueError:
        return []


def fill(word, places):
    return WORDS.sub(lambda found: places[found.group(1)], word)


def lacking(need):
    """Why it cannot run here, or None."""
    if need.startswith("python:"):
        done = subprocess.run([sys.executable, "-c", "import " + need[7:]], capture_output=True, check=False)
        return None if done.returncode == 0 else "Python has no " + need[7:]
    return None if shutil.which(need) else need + " is not installed"


def tools(args, work, results):
    size = 1000 if args.tiny else 20000
    print("\nOther programs beside `wgo scan`: %d objects in each world, no latency; medians of %d" % (
        size, args.rounds))
    wanted = read_tools(os.path.join(HERE, "tools.txt"))
    rows = []
    for name in dict.fromkeys(tool["world"] for tool in wanted):
        here = [tool for tool in wanted if tool["world"] == name]
        for tool in here:
            reason = lacking(tool["needs"])
            if reason:
                results.skip(tool["name"], reason)
        here = [tool for tool in here if not lacking(tool["needs"])]
        if here:
            with tempfile.TemporaryDirectory(prefix="tools-", dir=work) as folder, worlds.world(
                    args.build, folder, (name,), size) as world:
                rows += [row for row in (beside(args, folder, world, tool, results) for tool in here) if row]
    for row in rows:
        print("  %-24s %7.2f s %7.2f CPU s %7.1f MB   wgo %7.2f s %7.2f CPU s %7.1f MB, %d resources" % (
            row["tool"], row["wall_s"], row["cpu_s"], row["peak_mb"], row["wgo"]["wall_s"], row["wgo"]["cpu_s"],
            row["wgo"]["peak_mb"], row["wgo"]["resources"]))
    for row in rows:
        results.ratio("tools/%s/wall" % row["tool"], row["wall_s"] / row["wgo"]["wall_s"], "higher",
                      note="times wgo's")
    results.table("tools", rows)


def beside(args, folder, world, tool, results):
    """The row of both, or None where the other program failed; that wgo does is a failure of ours."""
    part = world.parts[0]
    places = {"base": part.server.base, "kubeconfig": part.env.get("KUBECONFIG", ""), "here": HERE,
              "python": sys.executable}
    command = [fill(word, places) for word in words_of(tool["command"])]
    # Home and PATH stay: the tools may live there. What they could read of the user's configuration does not.
    env = dict(os.environ, AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_PAGER="",
               **part.env)
    arguments = list(world.arguments)
    while "--resource-type" in arguments:
        at = arguments.index("--resource-type")
        del arguments[at:at + 2]
    arguments += [word for name in tool["types"].split() for word in ("--resource-type", name)]
    theirs, ours = [], []
    for _ in range(args.rounds):
        with open(os.path.join(folder, "tool.out"), "w", encoding="utf-8") as out:
            try:
                theirs.append(run(args.build, command, env=env, out=out))
            except Failure as failure:
                results.skip(tool["name"], "it failed: %s" % failure)
                return None
        ours.append(scan(args.build, folder, arguments, world.env))
        size = os.path.getsize(os.path.join(folder, "tool.out"))
    row = {key: value for key, value in medians(theirs).items() if key != "out"}
    best = {key: value for key, value in medians(ours).items() if key not in ("out", "providers")}
    return {"tool": tool["name"], "bytes": size, **row, "wgo": best}
