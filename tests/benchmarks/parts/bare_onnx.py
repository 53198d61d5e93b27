"""The limit that the data plane is measured against: HTTP and ONNX Runtime, and nothing else.

One asyncio protocol on uvloop that cuts HTTP/1.1 by hand, orjson, ONNX Runtime without IO binding. No validation,
no limits, no routing, no capture, no ids. `python bare_onnx.py MODEL NAMES` prints its port; NAMES are the columns
in JSON.
"""

import asyncio
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import orjson
import uvloop


class Bare(asyncio.Protocol):
    def __init__(self, session: ort.InferenceSession, names: list[str]) -> None:
        self._run = session.run
        self._names = names
        self._rest = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._write = transport.write

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        while True:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                break
            at = data.find(b"Content-Length: ", 0, end)  # as both clients write it
            length = int(data[at + 16 : data.find(b"\r\n", at)]) if at >= 0 else 0
            if len(data) < end + 4 + length:
                break
            self._answer(data[end + 4 : end + 4 + length])
            data = data[end + 4 + length :]
        self._rest = data

    def _answer(self, body: bytes) -> None:
        rows = orjson.loads(body)["instances"]
        names = self._names
        matrix = np.array([[row[name] for name in names] for row in rows], dtype=np.float32)
        (output,) = self._run(None, {"rows": matrix})
        answer = orjson.dumps({"predictions": output.argmax(axis=1).tolist()})
        self._write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            % (len(answer), answer)
        )


async def main(model: str, names: list[str]) -> None:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(Path(model).read_bytes(), options, providers=["CPUExecutionProvider"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Bare(session, names), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started us closes it


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], orjson.loads(sys.argv[2])))
