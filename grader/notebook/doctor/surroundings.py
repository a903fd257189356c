"""What a notebook expects around it and will not find where it is graded: files, the network, a person, Colab."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.notebook.doctor.sightings import Call, Sightings
from grader.report import Advice, Severity

_ABSOLUTE = re.compile(
    r"(?:/(?:home|Users|content|kaggle|mnt|media|root|data|drive|Volumes|gdrive)/|[A-Za-z]:[\\/]|~/)\S*"
)
_WEB = re.compile(r"(?:https?|ftp)://")
_READS = {
    "open", "read_csv", "read_excel", "read_table", "load", "loadtxt", "genfromtxt", "load_img", "load_model", "imread",
    "load_weights", "listdir", "chdir", "flow_from_directory", "image_dataset_from_directory", "ZipFile", "glob",
    "read_json", "read_pickle", "walk", "File",
}  # fmt: skip
_DOWNLOADS = {
    "urllib.request.urlretrieve", "urllib.urlretrieve", "urllib.request.urlopen", "urllib.urlopen", "urllib2.urlopen",
    "requests.get", "wget.download", "gdown.download", "keras.utils.get_file", "tensorflow.keras.utils.get_file",
    "keras.utils.data_utils.get_file", "sklearn.datasets.fetch_openml", "sklearn.datasets.fetch_mldata",
    "sklearn.datasets.fetch_20newsgroups", "sklearn.datasets.fetch_california_housing", "tensorflow_datasets.load",
    "sklearn.datasets.fetch_lfw_people", "sklearn.datasets.fetch_olivetti_faces", "nltk.download", "kagglehub.dataset_download",
}  # fmt: skip
_COMMAND_DOWNLOADS = re.compile(r"^[!%]+\s*(?:sx\s+)?(wget|curl|git\s+clone|gdown|kaggle|aria2c)\b")
_COMMAND_INSTALLS = re.compile(
    r"^[!%]*\s*(?:python3?\s+-m\s+)?((?:uv\s+)?pip3?|conda|mamba|apt|apt-get|easy_install)\s+(?:-\S+\s+)*install\b"
)


def surroundings(seen: Sightings) -> Iterator[Advice]:
    """Advice on everything that is not there when the notebook is graded."""
    yield from _colab(seen)
    yield from _commands(seen)
    for call in seen.calls:
        yield from _call(call)
    yield from _paths(seen)


def _advice(kind: str, severity: Severity, cell: int, line: int, what: str, why: str, old: str, new: str) -> Advice:
    return Advice(kind=kind, severity=severity, cell=cell, line=line, what=what, why=why, old=old, new=new)


def _colab(seen: Sightings) -> Iterator[Advice]:
    for one in seen.imports:
        if one.path.startswith("google.colab") and not one.guarded:
            yield _advice(
                "colab", Severity.BREAKS, one.cell, one.line, "this needs Google Colab",
                "`google.colab` is not where notebooks are graded: the cell stops with an error",
                one.path, "load the data with keras.datasets, or from a file beside the notebook",
            )  # fmt: skip


def _commands(seen: Sightings) -> Iterator[Advice]:
    for cell in seen.cells:
        for line, command in cell.commands:
            if found := _COMMAND_INSTALLS.match(command):
                yield _advice(
                    "install", Severity.MAY_SURPRISE, cell.index, line, f"`{found[1]} install` installs nothing here",
                    "there is no network where notebooks are graded, and the line raises no error",
                    command[:100], "(leave it out)",
                )  # fmt: skip
            elif found := _COMMAND_DOWNLOADS.match(command):
                yield _advice(
                    "download", Severity.BREAKS, cell.index, line, f"`{found[1]}` downloads nothing here",
                    "there is no network where notebooks are graded; what reads the file fails",
                    command[:100], "load the data with keras.datasets, or from a file beside the notebook",
                )  # fmt: skip
            elif path := _ABSOLUTE.search(command) if re.match(r"[%!]+\s*cd\b|cd\b", command) else None:
                yield _path(cell.index, line, path[0], reads=True)


def _call(call: Call) -> Iterator[Advice]:
    text = ast.unparse(call.node)
    shown = text if len(text) < 100 else f"{text[:97]}…"
    name = ast.unparse(call.node.func)
    where = call.cell, call.line
    if call.path in _DOWNLOADS or (call.path.startswith("pandas.read_") and _from_web(call)):
        yield _advice(
            "download", Severity.BREAKS, *where, f"`{name}` needs the network", "there is none where notebooks are graded",
            shown, "load the data with keras.datasets, or from a file beside the notebook",
        )  # fmt: skip
    elif (name in {"input", "raw_input"} and isinstance(call.node.func, ast.Name)) or call.path == "getpass.getpass":
        yield _advice(
            "input", Severity.BREAKS, *where, f"`{name}()` asks a person", "nobody answers while a notebook is graded: it stops with an error",
            shown, "write the value into the cell",
        )  # fmt: skip
    elif call.path in {"os.system", "subprocess.run", "subprocess.call", "subprocess.check_call"} and "pip" in text:
        yield _advice(
            "install", Severity.MAY_SURPRISE, *where, "this installs nothing here",
            "there is no network where notebooks are graded", shown, "(leave it out)",
        )  # fmt: skip
    elif call.path in {"sys.exit", "os._exit"} or name in {"exit", "quit"}:
        kills = call.path == "os._exit"
        yield _advice(
            "habit",
            Severity.BREAKS if kills else Severity.MAY_SURPRISE,
            *where,
            f"`{name}()` ends the kernel" if kills else f"`{name}()` ends the cell here",
            "no cell below runs" if kills else "the cells below still run, without what this one would have done",
            shown,
            "(leave it out)",
        )


def _from_web(call: Call) -> bool:
    first = call.node.args[0] if call.node.args else None
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and bool(_WEB.match(first.value))


def _paths(seen: Sightings) -> Iterator[Advice]:
    read = {
        id(part)
        for call in seen.calls
        if ast.unparse(call.node.func).rpartition(".")[2] in _READS
        for argument in (*call.node.args, *(k.value for k in call.node.keywords))
        for part in ast.walk(argument)
    }
    for cell, node in seen.nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ABSOLUTE.fullmatch(node.value):
            yield _path(cell, node.lineno, node.value, reads=id(node) in read)


def _path(cell: int, line: int, path: str, *, reads: bool) -> Advice:
    last = re.split(r"[\\/]", path.rstrip("\\/"))[-1]
    return _advice(
        "path", Severity.BREAKS if reads else Severity.MAY_SURPRISE, cell, line,
        "this path exists on your machine only",
        "the cell stops with an error on another one" if reads else "what reads it fails on another one",
        path[:100], f'"{last}", beside the notebook',
    )  # fmt: skip
