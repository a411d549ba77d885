"""The one table of the service processes: command, port and environment. docker-compose.yml says the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KAFKA_PORT = 9392
POSTGRES_PORT = 5532
SMTP_PORT = 8425


@dataclass(frozen=True)
class Service:
    """One service process; {names} in its environment are filled by who starts it."""

    name: str
    port: int
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def module(self) -> str:
        """What `python -m` runs."""
        return f"services.{self.name}"

    @property
    def environment(self) -> dict[str, str]:
        """Its whole environment, with places to fill."""
        return {**COMMON, "SCHOOLMARK_INSTANCE": f"{self.name}-0", **self.extra}

    def filled(self, **places: str | int) -> dict[str, str]:
        """Its environment with every place filled; a missing one is a KeyError."""
        return {name: value.format(**places) for name, value in self.environment.items()}


COMMON = {
    "SCHOOLMARK_KAFKA": "{kafka}",
    "SCHOOLMARK_DATABASE_URL": "{database_url}",
    "SCHOOLMARK_STATE": "{state}",
    "SCHOOLMARK_PARTITIONS": "{partitions}",  # empty: as many as the catalog says
    "SCHOOLMARK_HOST": "{host}",
    "SCHOOLMARK_PORT": "{port}",
    "SCHOOLMARK_TOKEN_PUBLIC_KEY": "{public_key}",
}

SERVICES = {
    "ingest": Service(
        "ingest",
        8401,
        {
            "SCHOOLMARK_TOKEN_PRIVATE_KEY": "{keys}/token.private.pem",
            "SCHOOLMARK_CLIENTS": "{keys}/clients.yaml",
        },
    ),
    "scoring": Service("scoring", 8402),
    "designation": Service("designation", 8403),
    "reportcard": Service("reportcard", 8404),
    "notify": Service(
        "notify",
        8405,
        {
            "SCHOOLMARK_SMTP": "{smtp}",
            "SCHOOLMARK_MAIL_FROM": "accountability@state.example",
            "SCHOOLMARK_STATE_OFFICE": "accountability-office@state.example",
        },
    ),
}
