"""A writer that is killed between any two of its calls to the system leaves a whole bundle or none."""

import json
import subprocess
import sys

PROGRAM = """
import json, os, pathlib, sys
from everloop.bundles import door, writer
from everloop.errors import NotFound
from everloop.records.bundle import BundleManifest
from everloop.records.signature import Signature

STEPS = ("mkdir", "open", "fsync", "rename", "close")

def die_at(step):
    real = {name: getattr(os, name) for name in STEPS}
    done = 0
    def wrap(name):
        def call(*arguments, **options):
            nonlocal done
            if done == step:
                os._exit(9)
            done += 1
            return real[name](*arguments, **options)
        return call
    for name in STEPS:
        setattr(os, name, wrap(name))

files = {"a.bin": b"x" * 100_000, "b.bin": b"y"}
signature = Signature(task="regression", target="y", columns=())
manifest = BundleManifest(
    runtime="onnx", signature=signature, files=writer.file_entries(files), recipe="r", data="d"
)
expected = writer.digest_of(writer.to_json(manifest))
seen = []
for step in range(1000):
    root = pathlib.Path(sys.argv[1]) / str(step)
    root.mkdir()
    child = os.fork()
    if child == 0:
        die_at(step)
        writer.write_bundle(root, manifest, files)
        os._exit(0)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    try:
        door.open_bundle(root, expected)
        seen.append("whole")
    except NotFound:
        seen.append("none")
    assert writer.write_bundle(root, manifest, files) == expected, step
    assert os.listdir(root) == [expected], (step, os.listdir(root))
    if not killed:
        break
print(json.dumps(seen))
"""


def test_a_bundle_is_there_whole_or_not_at_all_and_the_next_writer_succeeds(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert len(seen) > 10
    assert seen == sorted(seen)  # "none" before the rename, "whole" after it
    assert set(seen) == {"none", "whole"}
