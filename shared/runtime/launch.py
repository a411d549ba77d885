"""Starts one service: its HTTP door, worker, relay and timers in one process; ends it loudly when wedged."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from kafka.errors import KafkaError
from prometheus_client import generate_latest

from shared.events.topic import Topic
from shared.runtime import database, outbox
from shared.runtime.broker import Broker, NotThereYet
from shared.runtime.heads import BoundedHeads
from shared.runtime.http import install_errors
from shared.runtime.observe import Metrics, json_log, place_of
from shared.runtime.relay import Relay
from shared.runtime.runtime import Runtime, utc_now
from shared.runtime.settings import Settings, SettingsError
from shared.runtime.timers import Ticking, Timer
from shared.runtime.transaction import Route
from shared.runtime.worker import Worker

_FORCED_END_SECONDS = 8.0
_SWITCH_SECONDS = 0.0005  # a transaction waits for the interpreter after each of its answers: at Python's 5 ms, long


def serve(
    service: str,
    *,
    routes: Sequence[Route] = (),
    router: APIRouter,
    timers: Sequence[Timer] = (),
    writes: Sequence[Topic] = (),
    before: Callable[[FastAPI], Any] | None = None,
) -> None:
    """Runs a service until it is told to stop. Exits with 2 and one sentence when a setting is missing.

    `writes`: topics whose number of partitions, as the ones of its routes, must be what the settings say. `before`:
    makes what stands before the application and hands on to it what it does not answer.
    """
    try:
        settings = Settings.from_environment(service)
    except SettingsError as error:
        sys.exit(f"{service}: {error}")
    app = application(settings, routes, router, timers, writes=writes)
    listen(before(app) if before else app, settings.host, settings.port)


def listen(app: Any, host: str, port: int) -> None:
    """Serves an ASGI application, as every service is served, until the process is told to stop."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=BoundedHeads,
        log_level="error",
        log_config=None,  # its own would print an error whole, with whatever values that holds
        access_log=False,
        timeout_graceful_shutdown=5,
    )


def application(
    settings: Settings,
    routes: Sequence[Route],
    router: APIRouter,
    timers: Sequence[Timer],
    now: Callable[[], datetime] = utc_now,
    writes: Sequence[Topic] = (),
) -> FastAPI:
    """The ASGI application of a service."""
    process = _Process(settings, routes, timers, now, writes)
    app = FastAPI(
        title=f"Schoolmark {settings.service}",
        lifespan=process.lifespan,
        docs_url=None,  # its viewers come from elsewhere; /openapi.json is here
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        routes=[*router.routes, *_operations(process).routes],
    )
    process.app = app
    install_errors(app, process.log)
    return app


class _Process:
    """The moving parts of one process."""

    app: FastAPI

    def __init__(
        self,
        settings: Settings,
        routes: Sequence[Route],
        timers: Sequence[Timer],
        now: Callable[[], datetime],
        writes: Sequence[Topic],
    ) -> None:
        self.settings, self._routes, self._timers, self._now = settings, routes, timers, now
        self._broker = Broker(settings, [route.topic for route in routes], writes)
        self.log, self.metrics = json_log(settings.service, settings.instance), Metrics()
        self.runtime: Runtime | None = None
        self.worker: Worker | None = None
        self._relay: Relay | None = None
        self._ticking: list[Ticking] = []

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        boot = asyncio.create_task(self._boot())
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            boot.cancel()
            watch.cancel()
            await self._end()

    async def _boot(self) -> None:
        try:
            engine = await self._when_database_answers()
            runtime = Runtime(self.settings, engine, self.metrics, self.log, self._now)
            await self._when_broker_answers(runtime)
            self._relay = Relay(engine, self.settings, self.metrics, self.log)
            self._relay.start()
            self.runtime = self.app.state.runtime = runtime
            _collect_garbage_seldom()
            sys.setswitchinterval(_SWITCH_SECONDS)
            if self._routes:
                self.worker = Worker(runtime, self._routes, self.fatal)
                await self.worker.start()
            self._start_timers(runtime)
            self.log("service.started", port=self.settings.port)
        except SettingsError as error:
            self.log("boot.refused", reason=str(error))
            self.fatal("boot", error)
        except Exception as error:  # noqa: BLE001 (a service that cannot start must end, not answer half)
            self.fatal("boot", error)

    async def _when_database_answers(self) -> sa.Engine:
        while True:
            try:
                return await asyncio.to_thread(database.prepare, self.settings.database_url, self.settings.service)
            except sa.exc.SQLAlchemyError as error:
                if not database.is_passing(error):
                    raise
                self.log("boot.waits_for_database", error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def _when_broker_answers(self, runtime: Runtime) -> None:
        while not runtime.high_water_known.is_set():
            try:
                runtime.high_water = await asyncio.to_thread(self._broker.ends)
                runtime.high_water_known.set()
            except SettingsError:
                raise
            except (KafkaError, NotThereYet, ValueError) as error:
                self.log("boot.waits_for_broker", error=type(error).__name__)
                await asyncio.sleep(0.5)

    def _start_timers(self, runtime: Runtime) -> None:
        for timer in self._timers:
            ticking = Ticking(timer, runtime, self.fatal)
            runtime.add_waker(timer.name, ticking.woken)
            self._ticking.append(ticking)
            ticking.start()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                reason = self.worker.is_wedged() if self.worker else None
            except Exception as error:  # noqa: BLE001 (a watch that ended would see nothing; the next second it looks again)
                self.metrics.errors.labels("watch").inc()
                self.log("watch.failed", error=type(error).__name__, place=place_of(error))
                continue
            if reason:
                self.fatal("watch", RuntimeError(reason))
                return

    async def _end(self) -> None:
        for ticking in self._ticking:
            ticking.ended.set()
            ticking.woken.set()
        if self._relay:
            self._relay.end()
        if self.worker:
            await self.worker.stop()

    def fatal(self, where: str, error: BaseException) -> None:
        """Logs what ended the process, asks it to stop, and makes sure that it does."""
        self.log("process.fatal", where=where, error=type(error).__name__, place=place_of(error))
        threading.Thread(target=_end_for_certain, daemon=True).start()

    def is_ready(self) -> str | None:
        """None when ready, else why not."""
        if self.runtime is None:
            return "still starting"
        if self.worker is not None and (not self.worker.assigned or self.worker.app.rebalancing):
            return "partitions are not assigned yet"
        try:
            with self.runtime.engine.connect() as connection:
                connection.execute(sa.text("select 1"))
        except sa.exc.SQLAlchemyError:
            return "the database does not answer"
        return None

    def measure(self) -> None:
        """Brings the gauges up to date, just before they are read."""
        if self.worker:
            self.metrics.lag_messages.clear()  # a partition that moved away is its new owner's to tell
            self.metrics.lag_seconds.clear()
            oldest: dict[str, float] = {}
            for (topic, partition), (messages, age) in self.worker.lag().items():
                self.metrics.lag_messages.labels(topic, str(partition)).set(messages)
                oldest[topic] = max(oldest.get(topic, 0.0), age)
            for topic, age in oldest.items():
                self.metrics.lag_seconds.labels(topic).set(age)
        if self.runtime:
            try:
                with self.runtime.engine.connect() as connection:
                    count = connection.execute(sa.select(sa.func.count()).select_from(outbox.rows)).scalar_one()
                self.metrics.outbox_rows.set(count)
            except sa.exc.SQLAlchemyError:
                self.metrics.errors.labels("metrics").inc()


def _operations(process: _Process) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive", "service": process.settings.service}

    @router.get("/readyz")
    def readyz(response: Response) -> dict[str, Any]:
        reason = process.is_ready()
        response.status_code = 503 if reason else 200
        return {"status": "waiting", "reason": reason} if reason else {"status": "ready"}

    @router.get("/metrics")
    def metrics() -> Response:
        process.measure()
        return Response(generate_latest(process.metrics.registry), media_type="text/plain; version=0.0.4")

    return router


def _collect_garbage_seldom() -> None:
    """A batch of events is tens of thousands of objects, all alive until it is applied: at Python's own thresholds
    looking through them again and again costs twice as much as decoding them.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _end_for_certain() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_FORCED_END_SECONDS)
    os._exit(70)
