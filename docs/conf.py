"""The documentation site: `make docs`. Sphinx with MyST for Markdown and the theme Furo (docs/decisions)."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "site"))

project = "Grader"
copyright = "the Grader founders, Apache License 2.0"  # noqa: A001 Sphinx' own name
release = version = installed("grader")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
    "formats",
    "outside",
]
exclude_patterns = ["_build/**"]
nitpicky = (
    False  # docstrings name many types of libraries that have no inventory at hand; broken links fail all the same
)

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]
copybutton_prompt_text = "$ "

default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = "Grader"
html_static_path: list[str] = []
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
