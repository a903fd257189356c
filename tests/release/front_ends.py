"""What three front ends do to a notebook that is opened, worked in and saved.

JupyterLab and VS Code keep a cell's id and metadata and add some of their own. Colab saves nbformat 4.0: no cell ids, but one in
the metadata, which it makes up for cells that have none there.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

Saved = Callable[[dict[str, Any]], bytes]


def _written(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def jupyterlab(content: dict[str, Any]) -> bytes:
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] |= {"trusted": True, "tags": []}
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["metadata"]["execution"] = {"iopub.status.busy": "2025-11-21T08:00:00Z"}
    content["metadata"]["language_info"] = {"name": "python", "version": "3.12.1", "pygments_lexer": "ipython3"}
    return _written(content)


def vs_code(content: dict[str, Any]) -> bytes:
    for cell in content["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    content["metadata"]["kernelspec"] = {"display_name": ".venv (3.11)", "language": "python", "name": "python3"}
    return _written(content)


def colab(content: dict[str, Any]) -> bytes:
    for number, cell in enumerate(content["cells"]):
        cell.pop("id", None)
        cell["metadata"] = {"id": f"aBc{number}_-x", "colab": {"base_uri": "https://localhost"}} | cell["metadata"]
        if cell["cell_type"] == "code":
            cell["metadata"]["outputId"] = f"out{number}"
    content["metadata"]["colab"] = {"provenance": [], "toc_visible": True}
    return _written(content | {"nbformat": 4, "nbformat_minor": 0})


def colab_without_metadata(content: dict[str, Any]) -> bytes:
    """As cells look that were pasted into a new notebook there: nothing of ours is left but what is written in them."""
    for number, cell in enumerate(content["cells"]):
        cell.pop("id", None)
        cell["metadata"] = {"id": f"aBc{number}_-x"}
    content["metadata"] = {"colab": {"provenance": []}}
    return _written(content | {"nbformat": 4, "nbformat_minor": 0})


FRONT_ENDS: dict[str, Saved] = {made.__name__: made for made in (jupyterlab, vs_code, colab, colab_without_metadata)}


def saved_by(name: str, notebook: dict[str, Any]) -> bytes:
    return FRONT_ENDS[name](json.loads(json.dumps(copy.deepcopy(notebook))))
