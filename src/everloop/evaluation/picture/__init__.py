"""A picture of quality over time that stands by itself: one SVG file, readable on light and on dark pages."""
