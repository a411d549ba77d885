"""The token keys and API clients of a local run: made once, kept for the next run, readable by their owner only."""

import argparse
import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

STATE_CLIENT = "state"
PRIVATE_KEY = "token.private.pem"
PUBLIC_KEY = "token.public.pem"


def make_clients(folder: Path, districts: Iterable[str]) -> dict[str, str]:
    """Write token.private.pem, token.public.pem, clients.yaml and secrets.json; give {client id: secret}.

    What is there is kept, so a restart leaves tokens, secrets and clients added by hand valid; new districts are added.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _make_token_keys(folder)
    secrets_file = folder / "secrets.json"
    known: dict[str, str] = json.loads(secrets_file.read_text()) if secrets_file.exists() else {}
    named = {district_client(district): district for district in districts}
    for client in (STATE_CLIENT, *named):
        known.setdefault(client, secrets.token_urlsafe(32))
    _write(secrets_file, json.dumps(known, indent=1))
    clients = folder / "clients.yaml"
    there: list[dict[str, str]] = yaml.safe_load(clients.read_text()) or [] if clients.exists() else []
    new = [_entry(*item) for item in known.items() if item[0] not in {entry["id"] for entry in there}]
    _write(clients, yaml.safe_dump([*there, *new], sort_keys=False))
    return known


def district_client(district: str) -> str:
    """The client id of a district."""
    return f"district-{district}"


def _entry(client: str, secret: str) -> dict[str, str]:
    entry = {"id": client, "secret_sha256": hashlib.sha256(secret.encode()).hexdigest()}
    if client == STATE_CLIENT:
        return entry | {"kind": "state"}
    return entry | {"kind": "district", "district": client.removeprefix("district-")}


def _make_token_keys(folder: Path) -> None:
    private_file, public_file = folder / PRIVATE_KEY, folder / PUBLIC_KEY
    if private_file.exists() and public_file.exists():
        return
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write(public_file, public.decode())  # the private one last: it is the sign that both are whole
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(private_file, pem.decode())


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(path)


def main() -> None:
    """`python -m deploy.local.keys FOLDER --public FOLDER --districts 0100,0200`, for a run in containers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--districts", default="", help="district ids, separated by commas")
    parser.add_argument("--public", type=Path, required=True, help="folder that gets the public key alone")
    parser.add_argument("--owner", type=int, required=True, help="user id that the files are given to")
    given = parser.parse_args()
    make_clients(given.folder, [district for district in given.districts.split(",") if district])
    _write(given.public / PUBLIC_KEY, (given.folder / PUBLIC_KEY).read_text())
    for path in (given.folder, *given.folder.iterdir(), given.public / PUBLIC_KEY):
        os.chown(path, given.owner, given.owner)


if __name__ == "__main__":
    main()
