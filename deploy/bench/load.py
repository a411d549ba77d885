"""The load generator, as the bench holds it: a process of its own, so that its cost is not counted as anyone else's."""

import pickle
import subprocess
import sys
from types import TracebackType
from typing import Self

from deploy.bench.figures import NotMeasured
from deploy.bench.job import Job, Result
from deploy.local.cluster import ROOT


class Load:
    """A load under way; `with Load(job) as load:` ends it at the latest."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.bench.sender"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is the bench's to handle
        )

    def __enter__(self) -> Self:
        assert self._process.stdin is not None
        pickle.dump(self._job, self._process.stdin)
        self._process.stdin.flush()
        return self

    def stop(self) -> None:
        """Ends the sending; what was sent is still waited for."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def result(self) -> Result:
        """Waits for the end. Raises NotMeasured unless every request was answered well and, where asked, visible."""
        assert self._process.stdout is not None
        told = self._process.stdout.read()
        if self._process.wait() != 0 or not told:
            raise NotMeasured("the load generator ended early")
        try:
            found: Result = pickle.loads(told)
        except (pickle.UnpicklingError, EOFError):
            raise NotMeasured("the load generator's result is damaged; measure this stage again") from None
        wrong = found.due - len(found.answered)
        if wrong or not found.answered:
            first = f" (the first: {found.first_wrong})" if found.first_wrong else ""
            raise NotMeasured(f"{wrong:,} of {found.due:,} requests were not answered as they should be{first}")
        if self._job.schools and len(found.visible) < len(found.answered):
            unseen = len(found.answered) - len(found.visible)
            raise NotMeasured(f"{unseen:,} of {len(found.answered):,} pushes never became visible in a score")
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
