"""Kaggle's service for secrets, on a port of its own."""

import http.server
import json
import secrets
import threading
from typing import Any


class KaggleService:
    """Answers what `says` says to every question, and keeps the questions in `asked`.

    A notebook finds it by the variables in `environment`.
    """

    def __init__(self, token: str) -> None:
        self.asked: list[Any] = []
        #: The notebook's own; unlike any other, since tests look for it in all processes.
        self.key = secrets.token_hex(16)
        self.status = 200
        self.says: Any = {"wasSuccessful": True, "result": {"secret": token}}
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                service.asked.append((self.path, json.loads(self.rfile.read(size))))
                self.send_response(service.status)
                self.end_headers()
                self.wfile.write(json.dumps(service.says).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.environment = {
            "KAGGLE_KERNEL_RUN_TYPE": "Interactive",
            "KAGGLE_USER_SECRETS_TOKEN": self.key,
            "KAGGLE_URL_BASE": f"http://127.0.0.1:{self._server.server_port}",
            "no_proxy": "*",
        }
        self.go_on()

    def go_on(self) -> None:
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()

    def pause(self) -> None:
        """Take connections, and answer none."""
        self._server.shutdown()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
