"""Operations by their noun; `actions/registry.py` is the list of all."""
