"""The files of a multipart form that lies on disk, each as a file of its own while it is needed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import File, create_form_parser

_BLOCK = 1024 * 1024
_ON_DISK = {"MAX_MEMORY_FILE_SIZE": 0, "UPLOAD_DELETE_TMP": False}


class BadForm(ValueError):
    """A body that is no form of files; the message is a sentence."""


@contextmanager
def files_of(path: Path, content_type: str) -> Iterator[dict[str, Path]]:
    """The form's files by the names of their parts, gone afterwards. Raises BadForm."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        found: dict[str, Path] = {}

        def on_file(file: File) -> None:
            made = Path(folder) / str(len(found))
            if file.actual_file_name is None:  # an empty one
                made.touch()
            else:
                Path(file.actual_file_name.decode()).rename(made)
            file.close()
            found[(file.field_name or b"").decode("utf-8", "replace")] = made

        try:
            if not content_type.startswith("multipart/form-data"):
                raise FormParserError
            parser = create_form_parser(
                {"Content-Type": content_type.encode()}, None, on_file, {**_ON_DISK, "UPLOAD_DIR": folder}
            )
            with path.open("rb", buffering=0) as body:
                while block := body.read(_BLOCK):
                    parser.write(block)
            parser.finalize()
        except FormParserError:
            raise BadForm("The body is no multipart form; curl -F makes one.") from None
        missing = {"mapping", "file"} - found.keys()
        if missing:
            raise BadForm(
                f"The form has no file {' and no '.join(sorted(missing))}; add it as curl -F name=@path does."
            )
        yield found
