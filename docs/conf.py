"""How `make docs` turns these pages into HTML."""

from everloop import __version__

project = "Everloop"
copyright = "The Everloop authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["requirements*"]
html_theme = "alabaster"
html_theme_options = {"description": "Keeps models improving after they ship", "page_width": "72rem"}
default_role = "code"  # docstrings are Markdown in spirit: `name` is code
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
myst_heading_anchors = 3
nitpicky = False
