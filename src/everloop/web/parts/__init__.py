"""The parts of the page, one file each: a part is a function from what was seen to HTML."""
