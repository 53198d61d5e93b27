"""Places by id: against a dictionary."""

import random

import numpy as np
import pyarrow as pa

from everloop.ledger.id_index import NOWHERE, IdIndex, keys_of


def test_what_was_put_there_last_is_found():
    chance, index, expected = random.Random(1), IdIndex(), {}
    for turn in range(60):
        keys = chance.sample(range(500), chance.choice([0, 1, 7, 40]))
        places = [1000 * turn + n for n in range(len(keys))]
        index.add(np.array(keys, np.uint64), np.array(places, np.int64))
        expected |= dict(zip(keys, places, strict=True))
        asked = np.arange(500, dtype=np.uint64)
        assert index.find(asked).tolist() == [expected.get(key, NOWHERE) for key in range(500)]


def test_equal_ids_have_equal_keys_and_others_have_others():
    ids = [f"{token}-{n}" for token in ("a", "b", "é") for n in range(1000)]
    keys = keys_of(pa.array(ids))
    assert len(np.unique(keys)) == len(ids)
    assert keys_of(pa.chunked_array([ids[:7], ids[7:]])).tolist() == keys.tolist()
    assert keys_of(pa.array([], pa.string())).tolist() == []
