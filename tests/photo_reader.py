"""A process that reads pictures for `test_photo_damaged.py`: what crashes, hangs or fills the memory is not the test.

Started as `python photo_reader.py`; per case it takes a length and that many bytes from standard input and answers
with one line of JSON.
"""

import contextlib
import json
import resource
import select
import struct
import subprocess
import sys
import time

MEMORY_MB, SECONDS = 1000, 2
SAFETY_SECONDS = 60  # of waiting for an answer, on however busy a machine


def serve():
    """Answer cases until standard input ends."""
    import io

    import numpy as np
    from PIL import Image

    from helpers import photo
    from helpers.session import peak_memory_mb

    with contextlib.suppress(ValueError, OSError):  # a runaway ends here and not in the machine's swap
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    first = io.BytesIO()
    Image.new("RGB", (20, 20)).save(first, "PNG")
    photo.load(first.getvalue())  # what imports take is not the cases' memory
    before = peak_memory_mb()
    while len(header := sys.stdin.buffer.read(8)) == 8:
        length, max_side = struct.unpack("<II", header)
        content = sys.stdin.buffer.read(length)
        began = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # its notices; nobody should write to standard error
                found = photo.load(content, max_side=max_side)
            answer = {"shape": found.shape, "type": str(found.dtype), "is_array": isinstance(found, np.ndarray)}
            del found  # or it would count with the next case
        except photo.PhotoError as error:
            answer = {"refused": str(error), "memory_error": isinstance(error.__context__, MemoryError)}
        except BaseException as error:
            answer = {"raised": repr(error)}
        answer |= {"seconds": time.process_time() - began, "megabytes": peak_memory_mb() - before}
        print(json.dumps(answer), flush=True)


class Reader:
    """The process, seen from the test."""

    def __init__(self, log):
        self.log, self.process = log, None

    def start(self):
        """A new process, where there is none or the last one died."""
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log
        )

    def load(self, content: bytes, max_side: int = 2048) -> dict:
        """What came of `content`; raises `AssertionError` for what no picture may do."""
        if self.process is None:
            self.start()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(struct.pack("<II", len(content), max_side) + content)
            self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], SAFETY_SECONDS)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.process.kill()
            code = self.process.wait()
            self.process = None
            raise AssertionError(f"the process ended with {code}" if ready else f"no answer in {SAFETY_SECONDS} s")
        answer = json.loads(line)
        if answer["megabytes"] > MEMORY_MB:  # the peak stays: the next case needs a new process
            self.close()
        assert answer["megabytes"] <= MEMORY_MB, answer
        assert answer["seconds"] <= SECONDS, answer
        assert "raised" not in answer and not answer.get("memory_error"), answer
        if "refused" in answer:
            assert 20 < len(answer["refused"]) < 400 and "\n" not in answer["refused"], answer
        else:
            assert answer["is_array"] and answer["type"] == "uint8", answer
            height, width, channels = answer["shape"]
            assert channels == 3 and min(height, width) >= 1 and max(height, width) <= max_side, answer
        return answer

    def close(self):
        """End the process."""
        if self.process:
            self.process.stdin.close()
            self.process.wait(timeout=SAFETY_SECONDS)
            self.process.stdout.close()
            self.process = None


if __name__ == "__main__":
    serve()
