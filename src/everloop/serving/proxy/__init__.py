"""`everloop proxy`: in front of a model that somebody else serves, it passes everything on and captures answers."""
