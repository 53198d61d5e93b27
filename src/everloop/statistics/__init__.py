"""Pure functions over numbers and arrays: no stores, no records, no time, no chance but a seed."""
