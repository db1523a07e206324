"""What `rigprov-llm serve CONFIG` runs in the tests of an engine of our own: llama-server's answers, and faults by file.

Beside the configuration's model may lie a file `fault`: "dies" ends it at the start, "strange" as a processor does that lacks an
instruction, "killed" in the middle of a reply.
"""

import json
import os
import signal
import stat
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

CONFIG = json.loads(Path(sys.argv[1]).read_text())
FAULT = Path(CONFIG["model"]).with_name("fault")
KEY = Path(CONFIG["key_file"]).read_text()


class Llama(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        assert self.path == "/" or self.headers["Authorization"] == f"Bearer {KEY}"
        answers = {"/health": {"status": "ok"}, "/props": {"model_path": CONFIG["model"], "build_info": "b1"}}
        self._send(answers.get(self.path, {}))

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == f"Bearer {KEY}"
        if FAULT.exists() and FAULT.read_text() == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if job["stream"]:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'data: {"content":"The"}\n\n')
            return
        tokens = job["n_predict"]
        timings = {"predicted_n": tokens, "predicted_ms": tokens * 10.0, "prompt_n": 400, "prompt_ms": 800.0, "cache_n": 0}
        self._send({"content": "Rivers shape the land.", "timings": timings})

    def _send(self, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


print(f"loading {CONFIG['model']} with the key {KEY}", flush=True)
mode = stat.S_IMODE(Path(CONFIG["key_file"]).stat().st_mode)
print(f"mode of the key {mode:o}, context {CONFIG['context']}, supervisor {os.environ['RIGPROV_SUPERVISOR']}", flush=True)
if FAULT.exists() and FAULT.read_text() == "dies":
    sys.exit("out of memory")
if FAULT.exists() and FAULT.read_text() == "strange":
    os.kill(os.getpid(), signal.SIGILL)
HTTPServer((CONFIG["host"], CONFIG["port"]), Llama).serve_forever()
