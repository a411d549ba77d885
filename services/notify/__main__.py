"""python -m services.notify: runs the service."""

from services.notify import api, mail, stream, timer
from shared.runtime.launch import serve

if __name__ == "__main__":
    serve("notify", routes=stream.ROUTES, router=api.router, timers=(*timer.TIMERS, *mail.TIMERS))
