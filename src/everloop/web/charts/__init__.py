"""Small pictures in SVG, drawn here: each has a title, a description and axes that people can read."""
