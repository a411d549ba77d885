"""Uploads on disk, each under its submission's id: what has arrived outlives a cut connection and a killed process."""

import os
import shutil
import threading
import time
from pathlib import Path
from types import TracebackType
from uuid import UUID

KEPT_SECONDS = 3 * 24 * 3600.0  # an upload that nobody goes on with
LEFT_FREE = 256 * 1024 * 1024  # of the disk: whoever else writes there must not be stopped by an upload


class Full(Exception):
    """The disk has no room for more; what was written stays."""


class TooLarge(Exception):
    """The upload is beyond the limit."""


class TakenOver(Exception):
    """Another connection sends this upload now."""


class WrongOffset(Exception):
    """The sender goes on from another byte than the one that is missing."""


def path_of(folder: Path, submission_id: UUID) -> Path:
    """Where an upload is kept."""
    return folder / str(submission_id)


def size_of(folder: Path, submission_id: UUID) -> int | None:
    """How many bytes of an upload are here; None when there is none."""
    try:
        return path_of(folder, submission_id).stat().st_size
    except FileNotFoundError:
        return None


def remove(folder: Path, submission_id: UUID) -> None:
    """Ends an upload's stay; it may be gone already."""
    path_of(folder, submission_id).unlink(missing_ok=True)


def remove_old(folder: Path) -> int:
    """Removes what nobody went on with for days, and tells how many."""
    if not folder.is_dir():
        return 0
    before = time.time() - KEPT_SECONDS
    old = [path for path in folder.iterdir() if path.stat().st_mtime < before]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(old)


class Upload:
    """One upload being written. `offset`: the byte to go on from, which must be the first missing one; None: anew."""

    def __init__(self, folder: Path, name: str, offset: int | None, largest: int, coming: int = 0) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} is another user's; set SCHOOLMARK_SPOOL to a folder of the service")
        self.path, self._largest, self._turn, self._is_lost = folder / name, largest, threading.Lock(), False
        how = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        self._file = os.open(self.path, how | (os.O_TRUNC if offset is None else 0), 0o600)
        self.size = os.fstat(self._file).st_size
        try:
            if offset is not None and offset != self.size:
                raise WrongOffset
            self._check(coming)
        except Exception:
            os.close(self._file)
            raise

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._turn:
            if not self._is_lost:
                self._is_lost = True
                os.close(self._file)

    def add(self, block: bytes) -> None:
        """Appends a block. Raises Full, TooLarge or TakenOver; what is written by then stays."""
        with self._turn:
            if self._is_lost:
                raise TakenOver
            self._check(len(block))
            rest = memoryview(block)
            while rest:
                try:
                    written = os.write(self._file, rest)
                except OSError as error:
                    raise Full from error
                self.size += written
                rest = rest[written:]

    def lose(self) -> None:
        """Ends the writing of this connection, in favour of a newer one."""
        self.__exit__(None, None, None)

    def _check(self, more: int) -> None:
        if self.size + more > self._largest:
            raise TooLarge
        if shutil.disk_usage(self.path.parent).free < more + LEFT_FREE:
            raise Full
