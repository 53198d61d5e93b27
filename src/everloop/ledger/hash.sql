-- A number of 64 bits for each id, in their order: two of a million ids share one with a chance of one in 40 million.
SELECT hash(id) AS key FROM named
