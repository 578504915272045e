#!/usr/bin/env python3
"""Prints what gonogo costs beside its peers, as the table of docs/performance.md. Python 3.11, standard library, Linux.

    cargo build --release --locked && cargo bench --no-run --bench bare --bench arrivals2 --locked
    benches/table.py --bench ../shared/bench [--rounds 5] [--only REGEX]

The folder of --bench has the neutral server, `peers.py` with its ways to run and measure a program, and `install-peers.sh`, which puts
hurl, oha and two helpers into $PEERS. A peer that is not installed is left out, and said to be. All runs of a line are interleaved, and
medians are printed: on a machine that others use, ratios tell more than times, and CPU times more than those of the clock.
"""
import argparse
import asyncio
import json
import os
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))
import writer  # noqa: E402

TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent / "target")
GONOGO = TARGET / "release/gonogo"
ENVELOPE = b'{"error":{"code":"%s","message":"The requested resource does not exist.","retryable":false,"retry_after":null}}'
median = statistics.median


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default=HERE.parent.parent / "shared/bench", type=Path)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--only", default="", help="lines whose name matches")
    args = parser.parse_args()
    sys.path.insert(0, str(args.bench))
    import peers
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {args.rounds} rounds, {time.strftime('%Y-%m-%d %H:%M')}\n")
    print("| what | bar | measured |\n| --- | --- | --- |", flush=True)
    for line in (trials, latency, growth, reports, listing, exact, race, race2, burst, burst2, size):
        if re.search(args.only, line.__name__):
            with tempfile.TemporaryDirectory(prefix="gonogo-bench.") as folder:
                for row in line(peers, Path(folder), args.rounds):
                    print("| " + " | ".join(row) + " |", flush=True)


# ------------------------------------------------------------------------------------------------------------------ the lines

def trials(peers, folder, rounds):
    """5,000 trials beside Hurl's parallel run of the same checks, and beside a bare loop that sends the same requests."""
    number = 5000
    cases = peers.make_cases(number)
    project(folder / "ours", cases)
    bare = program("bare")
    with peers.nginx(1) as server:
        commands = {"ours": gonogo(folder / "ours", server.url), "bare": [bare, server.url, str(number), "16", peers.TOKEN]}
        hurl = peers.BIN / "hurl"
        if hurl.exists():
            (folder / "hurl").mkdir()
            peers.write_hurl_files(folder / "hurl", cases)
            commands["hurl"] = [str(hurl), "--test", "--variable", f"base={server.url}", str(folder / "hurl")]
        runs = interleaved(peers, commands, folder, rounds)
    rate = {name: number / median([run.wall for run in of]) for name, of in runs.items()}
    cpu = {name: median([run.cpu for run in of]) for name, of in runs.items()}
    if "hurl" in rate:
        yield ("5,000 trials, 16 at once", "3 times Hurl's parallel run",
               f"{rate['ours']:,.0f}/s, Hurl {rate['hurl']:,.0f}/s: {rate['ours'] / rate['hurl']:.1f} times")
    else:
        yield "5,000 trials, 16 at once", "3 times Hurl's parallel run", "hurl is not installed"
    yield ("their CPU time", "2 times a bare loop's",
           f"{cpu['ours'] * 1e3:.0f} ms, bare {cpu['bare'] * 1e3:.0f} ms: {cpu['ours'] / cpu['bare']:.1f} times")


def latency(peers, folder, rounds):
    """5,000 trials against a server that answers after 50 ms, 64 at once."""
    number, delay, at_once = 5000, 0.05, 64
    project(folder / "ours", peers.make_cases(number))
    with Server(delay) as url:
        command = [*gonogo(folder / "ours", url), "--test-threads", str(at_once)]
        runs = interleaved(peers, {"ours": command}, folder, max(1, rounds // 2))
    wall, ideal = median([run.wall for run in runs["ours"]]), number * delay / at_once
    yield "the same with 50 ms of latency, 64 at once", "within 10% of ideal", f"{wall:.2f} s, ideal {ideal:.2f} s: {(wall / ideal - 1) * 100:+.0f}%"


def growth(peers, folder, rounds):
    """CPU time a trial, and peak memory, as the number of trials grows."""
    sizes = (100, 1000, 5000, 20000)
    for size in sizes:
        project(folder / str(size), peers.make_cases(size))
    with peers.nginx(1) as server:
        runs = interleaved(peers, {size: gonogo(folder / str(size), server.url) for size in sizes}, folder, rounds)
    start = median([run.cpu for run in runs[100]])
    each = {size: (median([run.cpu for run in runs[size]]) - start) / (size - 100) * 1e6 for size in sizes[1:]}
    peak = {size: median([run.rss for run in runs[size]]) for size in sizes}
    yield ("CPU time for each trial more, of 1,000, 5,000, 20,000", "the same", ", ".join(f"{each[size]:.0f} µs" for size in sizes[1:]))
    yield ("peak memory of 100, 1,000, 5,000, 20,000 trials", "64 MiB", ", ".join(f"{peak[size]:.0f}" for size in sizes) + " MiB")


def reports(peers, folder, rounds):
    """5,000 and 20,000 trials with a record, and 5,000 with the page that shows them."""
    for number in (5000, 20000):
        project(folder / str(number), peers.make_cases(number))
    kinds = {"none": (5000, None), "html": (5000, "html"), "jsonl": (20000, "jsonl")}
    with peers.nginx(1) as server:
        commands = {}
        for name, (number, kind) in kinds.items():
            commands[name] = gonogo(folder / str(number), server.url)
            if kind:
                commands[name] += ["--report", f"{kind}={folder / name}"]
        runs = interleaved(peers, commands, folder, rounds)
    wall = {name: median([run.wall for run in of]) for name, of in runs.items()}
    size = {name: (folder / name).stat().st_size / 2**20 for name in ("html", "jsonl")}
    yield ("a page in HTML of 5,000 trials", "1 s, 10 MiB", f"{wall['html'] - wall['none']:.2f} s more, {size['html']:.1f} MiB")
    peak = median([run.rss for run in runs["jsonl"]])
    yield ("peak memory of 20,000 trials with a record", "64 MiB and what is recorded", f"{peak:.0f} MiB, a record of {size['jsonl']:.0f} MiB")


def listing(peers, folder, rounds):
    """`--list` of 5,000 trials."""
    project(folder / "ours", peers.make_cases(5000))
    command = [*gonogo(folder / "ours", "http://127.0.0.1:1"), "--list"]
    of = interleaved(peers, {"ours": command}, folder, rounds * 4)["ours"]
    wall, least, cpu = median([run.wall for run in of]), min(run.wall for run in of), median([run.cpu for run in of])
    yield "`--list` of 5,000", "50 ms", f"{wall * 1e3:.0f} ms, at best {least * 1e3:.0f} ms, CPU {cpu * 1e3:.0f} ms"


def exact(peers, folder, rounds):
    """From the start of the program to the first byte of its first request."""
    project(folder / "ours", peers.make_cases(5000))
    times = []
    for _ in range(rounds * 4):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            begun = time.monotonic()
            child = subprocess.Popen([*gonogo(folder / "ours", url), "--exact", "jobs_020::job_2040"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            connection, _ = listener.accept()
            connection.recv(1)
            times.append(time.monotonic() - begun)
            connection.close()
            listener.close()
            child.wait()
    yield "`--exact` on one of 5,000, to the first byte", "20 ms", f"{median(times) * 1e3:.0f} ms, at best {min(times) * 1e3:.0f} ms"


def race(peers, folder, rounds):
    """Spread of 50 POSTs at the server, by the kernel's stamp."""
    number, bursts = peers.BURST_N, max(20, rounds)
    (folder / "ours").mkdir()
    writer.write_ours_burst(folder / "ours", number, peers.BURST_BODY)
    (folder / "body.json").write_text(peers.BURST_BODY)
    with peers.arrivals() as server:
        commands = {"ours": gonogo(folder / "ours", server.url),
                    "reference": [str(peers.BIN / "arrivals"), "burst", "--port", str(server.port), "-n", str(number), "--mode", "lastbyte"]}
        if (peers.BIN / "oha").exists():
            commands["oha"] = [str(peers.BIN / "oha"), "-n", str(number), "-c", str(number), "--no-tui", "-m", "POST", "-T",
                               "application/json", "-D", str(folder / "body.json"), f"{server.url}/burst"]
        if (peers.BIN / "hurl").exists():
            (folder / "hurl").mkdir()
            for index in range(number):
                (folder / f"hurl/{index:02}.hurl").write_text(
                    f"POST {server.url}/burst\nContent-Type: application/json\n```\n{peers.BURST_BODY}\n```\nHTTP 200\n")
            commands["hurl"] = [str(peers.BIN / "hurl"), "--test", "--parallel", "--jobs", str(number), str(folder / "hurl")]
        spreads = {name: [] for name in commands}
        for _ in range(bursts):
            for name, command in commands.items():
                peers.get(server.port, "/reset")
                peers.run(command, folder, limit=60)
                seen = json.loads(peers.get(server.port, "/stats"))
                if seen["count"] == number:
                    spreads[name].append(seen["kernel"]["spread_ns"] / 1e6)
    spread = {name: median(of) for name, of in spreads.items() if of}
    others = ", ".join(f"{name} {value:.2f} ms" for name, value in spread.items() if name not in ("ours", "reference"))
    yield ("spread of a race of 50 at the server", "1.5 times the reference, half of oha's and Hurl's",
           f"{spread['ours']:.2f} ms, reference {spread['reference']:.2f} ms: {spread['ours'] / spread['reference']:.1f} times; {others}")


def race2(peers, folder, rounds):
    """Spread of 50 POSTs over HTTP/2 and over HTTP/1.1, by the stamps of one server that speaks both over TLS."""
    number, bursts = peers.BURST_N, max(20, rounds)
    with Arrivals2(folder) as server:
        commands, spreads, connections = {}, {}, {}
        for http in ("2", "1.1"):
            writer.write_ours_burst(folder / http, number, peers.BURST_BODY, server.settings(http))
            commands[http] = gonogo(folder / http, server.url)
        if (peers.BIN / "oha").exists():
            commands["oha"] = [*oha2(peers, number, number), "-m", "POST", "-T", "application/json", "-d", peers.BURST_BODY, f"{server.url}/burst"]
        for _ in range(bursts):
            for name, command in commands.items():
                server.get("/reset")
                peers.run(command, folder, limit=60)
                seen = json.loads(server.get("/stats"))
                if seen["count"] == number:
                    spreads.setdefault(name, []).append(seen["spread_ns"] / 1e6)
                    connections[name] = seen["connections"]
    spread = {name: median(of) for name, of in spreads.items()}
    beside = f"; oha over HTTP/2 {spread['oha']:.3f} ms" if "oha" in spread else "; oha is not installed"
    yield (f"spread of a race of {number} over TLS, HTTP/2 on {connections['2']} connection, HTTP/1.1 on {connections['1.1']}", "below HTTP/1.1",
           f"{spread['2']:.3f} ms, HTTP/1.1 {spread['1.1']:.3f} ms: {spread['2'] / spread['1.1']:.2f} of it{beside}")


def burst2(peers, folder, rounds):
    """20,000 requests over TLS, 64 at once: HTTP/2 on one connection, HTTP/1.1 on 64."""
    number, at_once = 20000, 64
    with Arrivals2(folder) as server:
        commands = {}
        for http in ("2", "1.1"):
            write_burst(folder / http, number, at_once, server.settings(http))
            commands[http] = gonogo(folder / http, server.url)
        if (peers.BIN / "oha").exists():
            commands["oha"] = [*oha2(peers, number, at_once), f"{server.url}/api/v1/x"]
        runs = interleaved(peers, commands, folder, rounds)
    rate = {name: number / median([run.wall for run in of]) for name, of in runs.items()}
    cpu = {name: median([run.cpu for run in of]) for name, of in runs.items()}
    beside = f", oha {rate['oha']:,.0f}/s: {rate['2'] / rate['oha']:.2f} of it" if "oha" in rate else "; oha is not installed"
    yield (f"a burst of {number:,} over TLS and HTTP/2, {at_once} at once, all judged", "half of oha's rate",
           f"{rate['2']:,.0f}/s{beside}; over HTTP/1.1 {rate['1.1']:,.0f}/s; CPU {cpu['2']:.2f} s, HTTP/1.1 {cpu['1.1']:.2f} s")


def burst(peers, folder, rounds):
    """20,000 requests over 64 connections, all answers judged."""
    number, at_once = 20000, 64
    write_burst(folder / "ours", number, at_once)
    with peers.nginx(1) as server:
        commands = {"ours": gonogo(folder / "ours", server.url)}
        if (peers.BIN / "oha").exists():
            commands["oha"] = [str(peers.BIN / "oha"), "-n", str(number), "-c", str(at_once), "--no-tui", f"{server.url}/api/v1/x"]
        runs = interleaved(peers, commands, folder, rounds)
    rate = {name: number / median([run.wall for run in of]) for name, of in runs.items()}
    beside = f", oha {rate['oha']:,.0f}/s: {rate['ours'] / rate['oha']:.2f} of it" if "oha" in rate else "; oha is not installed"
    peak = median([run.rss for run in runs["ours"]])
    yield "a burst of 20,000 over 64 connections, all judged", "half of oha's rate", f"{rate['ours']:,.0f}/s{beside}; {peak:.0f} MiB"


def size(peers, folder, rounds):
    """What the program is made of."""
    crates = subprocess.run(["cargo", "tree", "--locked", "-e", "normal", "--prefix", "none", "--format", "{p}"], cwd=HERE.parent,
                            capture_output=True, text=True, check=True).stdout
    yield "crates", "300", str(len({line.removesuffix(" (*)") for line in crates.splitlines() if line}))
    yield "the program", "15 MiB", f"{GONOGO.stat().st_size / 2**20:.1f} MiB"


# --------------------------------------------------------------------------------------------------------------------- helpers

def project(folder, cases):
    folder.mkdir(exist_ok=True)
    writer.write_ours(folder, cases)


def write_burst(folder, number, at_once, settings=""):
    writer.project(folder, settings)
    (folder / "token").write_text("unused_token")
    (folder / "cases/burst.toml").write_text(
        writer.READY + '\n[[case]]\nname = "many"\nclause = "status-401"\nrequest = "ready"\nas = "none"\n'
        f'send.path = "/api/v1/x"\nburst = {{ requests = {number}, at_once = {at_once} }}\nexpect.each = ["unauthorized"]\n')


def gonogo(folder, url):
    return [str(GONOGO), "--config", str(folder / "gonogo.toml"), "--target", "bench", "--base-url", url]


def oha2(peers, number, at_once):
    """oha on one connection of HTTP/2."""
    return [str(peers.BIN / "oha"), "-n", str(number), "--http2", "-c", "1", "-p", str(at_once), "--insecure", "--no-tui"]


def program(bench):
    made = [path for path in (TARGET / "release/deps").glob(f"{bench}-*") if not path.suffix]
    if not made:
        sys.exit(f"first: cargo bench --no-run --bench {bench} --locked")
    return str(max(made, key=lambda path: path.stat().st_mtime))


def interleaved(peers, commands, folder, rounds):
    """So many runs of each, in turn, after one that is thrown away."""
    runs = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            run = peers.run(command, folder)
            if run.status:
                sys.exit(f"{name}: exit status {run.status}\n{run.output[-2000:]}")
            if number:
                runs[name].append(run)
    return runs


class Arrivals2:
    """benches/arrivals2.rs: the server that stamps, over TLS."""

    def __init__(self, folder):
        self.ca = folder / "ca.pem"

    def __enter__(self):
        self.child = subprocess.Popen([program("arrivals2"), str(self.ca)], stdout=subprocess.PIPE, text=True)
        self.url = f"https://127.0.0.1:{self.child.stdout.readline().split()[1]}"
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def settings(self, http):
        return f'http = "{http}"\nca = {json.dumps(str(self.ca))}\n'

    def get(self, path):
        context = ssl.create_default_context(cafile=str(self.ca))
        with urllib.request.urlopen(self.url + path, context=context) as answer:
            return answer.read()


class Server:
    """Answers as the neutral server does, each request after some time."""

    def __init__(self, delay):
        self.delay = delay

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        started = threading.Event()

        def serve():
            asyncio.set_event_loop(self.loop)
            make = self.loop.create_server(lambda: Late(self.loop, self.delay), "127.0.0.1", 0)
            self.port = self.loop.run_until_complete(make).sockets[0].getsockname()[1]
            started.set()
            self.loop.run_forever()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        started.wait()
        return f"http://127.0.0.1:{self.port}"

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


class Late(asyncio.Protocol):
    def __init__(self, loop, delay):
        self.loop, self.delay, self.head = loop, delay, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.head += data
        while (end := self.head.find(b"\r\n\r\n")) >= 0:
            head, self.head = self.head[:end].lower(), self.head[end + 4:]
            if b" /ready " in head:
                status, body = b"200 OK", b"{}"
            elif b"\r\nauthorization:" in head:
                status, body = b"404 Not Found", ENVELOPE % b"not_found"
            else:
                status, body = b"401 Unauthorized", ENVELOPE % b"unauthorized"
            answer = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
            self.loop.call_later(self.delay, self.transport.write, answer)


if __name__ == "__main__":
    main()
