"""Speaks a slot's protocol without TensorFlow: runs cells with `exec`, and answers for models with given records.

Started by `fake_slots.FakeSandbox`. The environment variable FAKE holds its settings as JSON: `records` for a notebook's
model and its examination, and by role `hang` (where it stops answering: `start`, `first`, `cell`, `end`), `seconds` a cell.
"""

import json
import os
import sys
import time

FAKE = json.loads(os.environ["FAKE"])


class Slot:
    def __init__(self, settings):
        self.role = settings["role"]
        self.faults = FAKE.get(self.role, {})
        self.read = os.fdopen(settings["read_fd"], "rb")
        self.write = settings["write_fd"]

    def send(self, header, data=b""):
        data = json.dumps(header).encode() + b"\n" + data
        while data:
            data = data[os.write(self.write, data) :]

    def event(self, event, **fields):
        self.send({"event": event, **fields})

    def file(self, name, data):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send({"file": name, "size": len(data)}, data)

    def hang(self, where):
        while self.faults.get("hang") == where:
            time.sleep(1)

    def run(self, files):
        self.hang("first")
        spec, names, sent = json.loads(files["spec.json"]), {}, 0
        for index, cell in enumerate(json.loads(files["submission.ipynb"])["cells"]):
            if cell["cell_type"] != "code":
                continue
            self.event("cell_start", cell=index)
            self.hang("cell")
            time.sleep(self.faults.get("seconds", 0))
            before = dict(names)
            exec("".join(cell["source"]), names)
            for name in spec["variables"]:
                if name in names and names[name] != before.get(name):
                    sent += 1
                    value = {"name": name, "cell": index, "kind": "number", "type_name": "int", "value": names[name]}
                    self.file(f"values/{sent:04d}.json", value)
            if "network" in names and "network" not in before:
                self.file("models/0001.npz", b"weights")
                self.file("models/0001.json", FAKE["records"]["model"] | {"cell": index})
            self.file(f"cells/{index:04d}.json", {"index": index})
            self.file(f"outputs/{index:04d}.json", [])
            self.event("cell_end", cell=index)

    def examine(self, files):
        self.hang("first")
        if "models/0001.json" in files:
            self.file("examined/0001.json", FAKE["records"]["examined"])

    def serve(self):
        self.hang("start")
        self.event("ready", environment={"build": sys.version, "python": "fake"})
        files = {}
        while line := self.read.readline():
            header = json.loads(line)
            if "file" in header:
                files[header["file"]] = self.read.read(header["size"])
            elif header["event"] == "go":
                self.event("started")
                {"run": self.run, "examine": self.examine}[header["job"]](files)
                self.event("end", how="completed", reason="")
                self.hang("end")
                self.event("reset", clean=True)
                files = {}


if __name__ == "__main__":
    Slot(json.loads(sys.argv[sys.argv.index("-c") + 2])).serve()
