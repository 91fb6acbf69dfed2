"""A registry, a server and an archive that are small enough to break on purpose."""

import hashlib
import io
import json
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from helpers.datasets import cache, clothing, download

TOP = "clothing-dataset-small-abc"
ZIP_NAME = "abc.zip"
PER_CLASS = {"train": 3, "validation": 1, "test": 2}


def jpeg(pixels, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


def members():
    """Garments of one grey level a class, in portrait and landscape, by path below the top folder."""
    made = {}
    for split, number in PER_CLASS.items():
        for label, name in enumerate(clothing.CLASS_NAMES):
            for i in range(number):
                shape = (40, 60, 3) if i % 2 else (60, 40, 3)
                made[f"{split}/{name}/{i}.jpg"] = jpeg(np.full(shape, 20 * label + i, np.uint8))
    return made


def write_zip(path, contents, top=TOP, raw=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{top}/LICENSE", "CC0")
        for name, content in contents.items():
            archive.writestr(f"{top}/{name}", content)
        for name in raw:  # names as they are, outside the top folder
            archive.writestr(name, b"x")
    return path


class Server:
    """Serves `files` on 127.0.0.1; `faults[path]` holds what to do instead, one a request, until it is empty."""

    def __init__(self):
        self.files, self.faults, self.requests, self.delay = {}, {}, [], 0.0
        self.halfway = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                time.sleep(outer.delay)
                content = outer.files.get(self.path)
                waiting = outer.faults.get(self.path)
                fault = waiting.pop(0) if waiting else None
                if content is None or isinstance(fault, int):
                    return self.send_error(fault or 404)
                if fault == "wrong":
                    content = bytes(len(content))
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if fault in ("cut", "stall"):
                    self.wfile.write(content[: len(content) // 2])
                    self.wfile.flush()
                    outer.halfway.set()
                    if fault == "stall":
                        time.sleep(2)
                    return None
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *args: None  # a client that hangs up is part of the game
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=lambda: self.http.serve_forever(0.02), daemon=True).start()


@pytest.fixture
def server():
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


@pytest.fixture
def tiny(tmp_path, monkeypatch, server):
    """A registry of one archive and one plain file; both on the server, neither in mirror or cache."""
    data, cached = tmp_path / "data", tmp_path / "cache"
    data.mkdir()
    archive = write_zip(tmp_path / "original.zip", members())
    (data / "clothing-dataset-small.sha256").write_text(download.make_manifest(archive))
    plain = bytes(range(256)) * 2000
    entries = {
        "clothing-dataset-small": {
            "url": f"{server.url}/{ZIP_NAME}",
            "bytes": archive.stat().st_size,
            "sha256": None,
            "manifest": "clothing-dataset-small.sha256",
            "licence": "CC0 1.0",
        },
        "plain": {
            "url": f"{server.url}/plain.bin",
            "bytes": len(plain),
            "sha256": hashlib.sha256(plain).hexdigest(),
            "licence": "MIT",
        },
    }
    (data / "registry.json").write_text(json.dumps(entries))
    server.files = {f"/{ZIP_NAME}": archive.read_bytes(), "/plain.bin": plain}
    monkeypatch.setattr(download, "data_folder", lambda: data)
    monkeypatch.setenv("HELPERS_CACHE", str(cached))
    monkeypatch.setenv("HELPERS_BATCH", "1")  # no progress bars, whoever watches these tests
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HELPERS_MIRROR", raising=False)
    monkeypatch.setattr(cache, "_told", set())
    download._scratch.cache_clear()
    yield SimpleNamespace(
        data=data,
        cache=cached,
        downloads=cached / "downloads",
        plain=plain,
        archive=archive,
        mirror=tmp_path / "mirror",
    )
    download._scratch.cache_clear()


@pytest.fixture
def mirror(tiny, monkeypatch):
    """The same, with a good copy of both files in a mirror and a server that has neither."""
    tiny.mirror.mkdir()
    (tiny.mirror / ZIP_NAME).write_bytes(tiny.archive.read_bytes())
    (tiny.mirror / "plain.bin").write_bytes(tiny.plain)
    monkeypatch.setenv("HELPERS_MIRROR", str(tiny.mirror))
    return tiny


@pytest.fixture
def offline(tiny, monkeypatch):
    """No mirror, nothing cached, and a name server that refuses."""
    import socket

    def refuse(*args, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tiny
