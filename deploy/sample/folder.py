"""The folder of a sample: its files, and the count of what goes into each."""

from collections.abc import Iterable
from pathlib import Path

from deploy.sample.manifest import FILE_NAME, Manifest, load


class Folder:
    """Writes files of lines and counts them in the manifest."""

    def __init__(self, root: Path, made: Manifest) -> None:
        _refuse_other_content(root, made)
        self._root = root
        self._made = made

    def put(self, path: str, chunks: Iterable[list[str]]) -> None:
        """Write one file, a chunk of lines at a time."""
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        count = 0
        with target.open("w", encoding="utf-8", newline="\n") as file:
            for lines in chunks:
                if lines:
                    file.write("\n".join(lines))
                    file.write("\n")
                count += len(lines)
        self._made.lines[path] = count


def _refuse_other_content(root: Path, made: Manifest) -> None:
    """Nothing of another sample may be left lying between the files of this one."""
    if not root.exists() or not any(root.iterdir()):
        return
    if (root / FILE_NAME).exists():
        before = load(root)
        if all(getattr(before, name) == getattr(made, name) for name in ("seed", "districts", "schools", "years")):
            return
    raise FileExistsError(f"{root} holds other files: give an empty folder, or empty this one")
