"""How the metadata's format changed, revision by revision."""
