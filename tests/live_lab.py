"""A real JupyterLab in a headless Chromium, worked in as a student does: click a cell, write, press Shift and Enter."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'
START_SECONDS = 90
AGAIN_SECONDS = 8.0
CELL_MILLISECONDS = 240_000


def chromium() -> str | None:
    """The browser's program; None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True)
class Notebook:
    """One notebook, open in a browser."""

    page: Any
    """Playwright's."""

    def cell(self, text: str) -> Any:
        """The first code cell whose source has this text."""
        return self.page.locator(".jp-CodeCell", has=self.page.locator(".cm-content", has_text=text)).first

    def write(self, cell: Any, source: str) -> None:
        """Replaces a cell's source."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)

    def run(self, cell: Any) -> str:
        """Runs a cell and waits until it is through.

        Returns:
            The text that stands below it.
        """
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        deadline = time.monotonic() + CELL_MILLISECONDS / 1000
        pressed = 0.0
        while (shown := prompt.inner_text()) == before or not any(c.isdigit() for c in shown):
            assert time.monotonic() < deadline, "the cell does not end"
            # A kernel that is not connected yet drops the request without a word.
            if shown == before and time.monotonic() > pressed + AGAIN_SECONDS:
                cell.locator(".cm-content").click()
                self.page.keyboard.press("Shift+Enter")
                pressed = time.monotonic()
            self.page.wait_for_timeout(200)
        self.page.wait_for_timeout(300)
        return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())

    def save(self) -> None:
        """Saves the notebook, and waits until it is on disk."""
        with self.page.expect_response(lambda r: "/api/contents/" in r.url and r.request.method == "PUT") as answer:
            self.page.keyboard.press("Control+S")
        assert answer.value.ok


@contextmanager
def opened(notebook: Path, home: Path, *, width: int = 1100, height: int = 800) -> Iterator[Notebook]:
    """Opens a notebook in a JupyterLab of its own.

    Args:
        notebook: the file.
        home: an empty folder for Jupyter's settings.
        width: of the window, in pixels.
        height: of the window, in pixels.
    """
    from playwright.sync_api import sync_playwright

    with _server(notebook.parent, home) as address, sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(address(f"lab/tree/{notebook.name}"))
        page.locator(".jp-CodeCell .cm-content").first.wait_for(timeout=60_000)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(timeout=60_000)
        yield Notebook(page)
        browser.close()


@contextmanager
def _server(folder: Path, home: Path) -> Iterator[Any]:
    settings = home / "config/lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(NO_NEWS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONPATH": "",
    }
    options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    log = (home / "log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, f"--IdentityProvider.token={token}"],
        cwd=folder,
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(f"http://127.0.0.1:{port}/api?token={token}"):
            assert server.poll() is None, (home / "log").read_text()
            assert time.monotonic() < until, (home / "log").read_text()
            time.sleep(0.3)
        yield lambda path: f"http://127.0.0.1:{port}/{path}?token={token}"
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
