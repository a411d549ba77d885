"""python -m services.ingest"""

from services.ingest import api, stream, timer
from shared.runtime.launch import serve

if __name__ == "__main__":
    serve(
        "ingest",
        routes=stream.ROUTES,
        router=api.router,
        before=api.before,
        timers=timer.TIMERS,
        writes=stream.WRITES,
    )
