"""Sees when a push has become visible: its school's committed provisional score was made from it."""

import asyncio
from collections import defaultdict
from typing import LiteralString

import psycopg

from deploy.bench.job import Job

_EVERY_SECONDS = 0.01
_SCORES: LiteralString = """
    select school_id, as_of_revision from scoring.provisional_scores
    where school_year = %s and school_id = any(%s)
"""


class Watching:
    """Pushes that were answered and are not yet in a score; one query looks for all of them."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.waiting: dict[str, list[tuple[int, float]]] = defaultdict(list)  # by school: revision, when it was due
        self.visible: list[float] = []

    def wait_for(self, school_id: str, revision: int, due: float) -> None:
        """A push that was answered with a revision."""
        self.waiting[school_id].append((revision, due))

    async def run(self) -> None:
        """Looks every ten milliseconds; less often with thousands waiting, so that looking is no load of its own."""
        loop = asyncio.get_running_loop()
        async with await psycopg.AsyncConnection.connect(self._job.database, autocommit=True) as connection:
            while True:
                began = loop.time()
                if self.waiting:
                    asked = await connection.execute(_SCORES, (self._job.school_year, list(self.waiting)))
                    self._note(await asked.fetchall(), loop.time())
                took = loop.time() - began
                await asyncio.sleep(max(_EVERY_SECONDS - took, 4 * took))

    def _note(self, scores: list[tuple[str, int]], now: float) -> None:
        for school_id, as_of in scores:
            left = []
            for revision, due in self.waiting[school_id]:
                if revision <= as_of:
                    self.visible.append(now - due)
                else:
                    left.append((revision, due))
            if left:
                self.waiting[school_id] = left
            else:
                del self.waiting[school_id]
