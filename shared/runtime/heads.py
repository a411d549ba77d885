"""How much of a request may come without its head, or one more piece of its body, being whole: then it is refused."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_BYTES = 64 * 1024


class BoundedHeads(HttpToolsProtocol):
    """Uvicorn's quick parser, which by itself would gather a head without end in memory (its slow one would not)."""

    _unfinished = 0

    def data_received(self, data: bytes) -> None:
        """As ever; 400 and the end of the connection when too much is unfinished."""
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > LARGEST_BYTES and not self.transport.is_closing():
            self.send_400_response(f"A request's head has at most {LARGEST_BYTES} bytes.")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._unfinished = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body is whole."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """So is the request."""
        self._unfinished = 0
        super().on_message_complete()
