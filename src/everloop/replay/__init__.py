"""The past sent again: distortions of rows and outcomes, pace, and the sender."""
