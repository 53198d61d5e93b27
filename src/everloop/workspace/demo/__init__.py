"""The demo: a rehearsal of the whole loop on handwritten digits, with a script of what happens to the world."""
