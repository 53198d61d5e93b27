"""How handles and results show themselves in a notebook: tables and small pictures, escaped, without any script."""
