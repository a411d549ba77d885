"""The load generator from inside: a lean HTTP/1.1 client that sends the requests of a job and times the answers.

`python -m deploy.bench.sender`: a pickled job on standard input, a pickled result on standard output; the end of
standard input ends the sending.
"""

import asyncio
import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Callable
from itertools import count
from time import process_time

import orjson
import psutil

from deploy.bench.connection import Connection
from deploy.bench.job import Job, Result
from deploy.bench.memory import peak_mb
from deploy.bench.visible import Watching

_GRACE_SECONDS = 300.0  # for the last answers and scores


def serve(job: Job) -> Result:
    """Does a job, until its time is over or standard input ends."""
    if sys.platform == "win32":
        return asyncio.run(_Sending(job).run())
    import uvloop

    return uvloop.run(_Sending(job).run())


class _Sending:
    """A job under way."""

    def __init__(self, job: Job) -> None:
        self._job, self.result = job, Result()
        self._next = count()
        self._free: deque[Connection] = deque()
        self._queue: deque[tuple[int, float]] = deque()  # due, and not yet sent for want of a connection
        self._open = 0
        self._stopped = asyncio.Event()
        self._watching = Watching(job) if job.schools else None

    async def run(self) -> Result:
        """Sends until the time is over, waits for what is under way, and tells."""
        loop = self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._stop_at_end_of_input, daemon=True).start()
        for _ in range(self._job.connections):
            self._free.append(await self._connected())
        watch = asyncio.create_task(self._watching.run()) if self._watching else None
        began, cpu = loop.time(), process_time()
        loop.call_later(self._job.seconds, self._stopped.set)
        await (self._by_the_clock() if self._job.rate else self._in_turn())
        await self._until(lambda: not self._open)
        self.result.seconds = loop.time() - began
        if self._watching and watch:
            await self._until(lambda: not self._watching or not self._watching.waiting)
            watch.cancel()
            self.result.visible = self._watching.visible
        self.result.cpu_seconds = process_time() - cpu
        self.result.peak_mb = peak_mb(psutil.Process())
        return self.result

    async def _by_the_clock(self) -> None:
        """An open loop: what is due is due, and waits in a queue when no connection is free; its time runs."""
        assert self._job.rate is not None
        began = self._loop.time()
        for number in count():
            due = began + number / self._job.rate
            while (left := due - self._loop.time()) > 0 and not self._stopped.is_set():
                await asyncio.sleep(min(left, 0.1))
            if self._stopped.is_set():
                return
            self.result.latest_start = max(self.result.latest_start, self._loop.time() - due)
            self._take(number, due)

    async def _in_turn(self) -> None:
        """A closed loop: every connection sends its next request when its last is answered."""
        for _ in range(len(self._free)):
            self._take(next(self._next), self._loop.time())
        await self._stopped.wait()

    def _take(self, number: int, due: float) -> None:
        self.result.due += 1
        self._open += 1
        if self._free:
            self._send(self._free.popleft(), number, due)
        else:
            self._queue.append((number, due))

    def _send(self, connection: Connection, number: int, due: float) -> None:
        place = number % len(self._job.requests)

        def done(status: int, body: bytes) -> None:
            now = self._loop.time()
            self._note(place, due, now, status, body)
            self._open -= 1
            if self._queue:
                self._send(connection, *self._queue.popleft())
                return
            self._free.append(connection)
            if self._job.rate is None and not self._stopped.is_set():
                following = next(self._next)
                if self._job.again or following < len(self._job.requests):
                    self._take(following, now)
                else:
                    self._stopped.set()

        if connection.is_lost:  # the server closes what was not used for some seconds
            self._open -= 1
            self._note_wrong("a connection was closed while it waited")
        else:
            connection.send(self._job.requests[place], done)

    def _note(self, place: int, due: float, now: float, status: int, body: bytes) -> None:
        told = orjson.loads(body) if self._job.outcome and status in self._job.status else {}
        if status not in self._job.status or told.get("outcome") != self._job.outcome:
            return self._note_wrong(f"status {status}, {told.get('outcome', 'no outcome')}")
        self.result.answered.append(now - due)
        if self._watching:
            self._watching.wait_for(self._job.schools[place], int(told["revision"]), due)

    def _note_wrong(self, what: str) -> None:
        self.result.first_wrong = self.result.first_wrong or what

    def _note_lost(self) -> None:
        self._open -= 1
        self._note_wrong("a connection was closed before its answer")

    async def _connected(self) -> Connection:
        _, made = await self._loop.create_connection(lambda: Connection(self._note_lost), *self._job.address)
        return made

    async def _until(self, is_done: Callable[[], bool]) -> None:
        until = self._loop.time() + _GRACE_SECONDS
        while not is_done() and self._loop.time() < until:
            await asyncio.sleep(0.005)

    def _stop_at_end_of_input(self) -> None:
        os.read(sys.stdin.fileno(), 1)  # not the buffered reader, whose lock a daemon thread would hold at the end
        self._loop.call_soon_threadsafe(self._stopped.set)


if __name__ == "__main__":
    pickle.dump(serve(pickle.load(sys.stdin.buffer)), sys.stdout.buffer)
