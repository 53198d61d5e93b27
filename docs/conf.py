"""How `make docs` turns these pages into HTML."""

import sys
from pathlib import Path

from everloop import __version__

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "Everloop"
copyright = "The Everloop authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "commands"]
exclude_patterns = ["extensions"]
html_theme = "furo"
html_title = f"Everloop {__version__}"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e4f", "color-brand-content": "#0b6e4f"},
    "dark_css_variables": {"color-brand-primary": "#4fd1a5", "color-brand-content": "#4fd1a5"},
}
html_copy_source = False
html_show_sphinx = False
default_role = "code"  # docstrings are Markdown in spirit: `name` is code
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
nitpicky = False
