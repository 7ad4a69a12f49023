"""`make fidelity`: how many of the recorded answers stock moto and the local engine give."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.table import Table

from local.settings import Settings
from tests.engine.functions_world import REGION, Stage, World, client, serve
from tests.engine.recorded import CASES, Recorded, filled

_SLOW = {"Pending": Settings(creating=60), "In progress": Settings(updating=60)}

Answer = tuple[str, int, str]
"""Code, HTTP status and message."""


def answered(recorded: Recorded, stage: Stage) -> Answer:
    """Provoke a case and read what came back."""
    try:
        answer = recorded.provoke(stage)
    except ClientError as refusal:
        answer = refusal.response
    error = answer.get("Error", {"Code": "", "Message": ""})
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return error["Code"], status, error["Message"]


def expected(recorded: Recorded, stage: Stage) -> Answer:
    """Give what AWS was recorded to answer; only after the case was provoked."""
    return recorded.code, recorded.status, filled(stage, recorded.message)


@contextmanager
def engine_worlds() -> Iterator[dict[str, World]]:
    """Serve one world for each area, so that no area uses up another's limits."""
    with ExitStack() as stack:
        areas = {one.area for one in CASES}
        yield {area: stack.enter_context(serve(_SLOW.get(area))) for area in areas}


@contextmanager
def stock_moto() -> Iterator[Callable[[], Stage]]:
    """Serve moto as it is, with a role, and without its need of Docker."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    try:
        _use_docker(url, wanted=False)
        iam: Any = boto3.client(
            "iam", REGION, endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b"
        )
        role = iam.create_role(RoleName="orders", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        yield lambda: Stage(client(url), role=role)
    finally:
        # The setting is one for the whole process.
        _use_docker(url, wanted=True)
        server.stop()


def _use_docker(url: str, *, wanted: bool) -> None:
    config = json.dumps({"lambda": {"use_docker": wanted}}).encode()
    urlopen(Request(f"{url}/moto-api/config", config)).close()


def holds(recorded: Recorded, stage: Stage) -> bool:
    """Tell whether a Lambda answers a case as AWS does; whatever else it does is a no."""
    try:
        return answered(recorded, stage) == expected(recorded, stage)
    except Exception:  # noqa: BLE001 - an emulator may fail in any way
        return False


def measure(told: Callable[[], None] = lambda: None) -> list[tuple[str, int, int, int]]:
    """Give for each area: the cases, those that stock moto meets, those that the engine meets."""
    moto_meets: Counter[str] = Counter()
    engine_meets: Counter[str] = Counter()
    with engine_worlds() as worlds, stock_moto() as moto_stage:
        for recorded in CASES:
            engine_meets[recorded.area] += holds(recorded, worlds[recorded.area].stage())
            moto_meets[recorded.area] += holds(recorded, moto_stage())
            told()
    total = Counter(one.area for one in CASES)
    return [(area, total[area], moto_meets[area], engine_meets[area]) for area in total]


def main() -> None:
    """Print the table."""
    # Where stock moto fails, it fails loudly.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    console = Console(highlight=False)
    progress = Progress(*Progress.get_default_columns(), TextColumn("{task.completed} cases"))
    with progress:
        task = progress.add_task("answers of Lambda", total=len(CASES))
        rows = measure(lambda: progress.advance(task))
    table = Table("area", "recorded cases", "stock moto", "local engine")
    for row in rows:
        table.add_row(*map(str, row))
    table.add_section()
    table.add_row(
        "all", *(str(sum(column)) for column in zip(*(row[1:] for row in rows), strict=True))
    )
    console.print(table)


if __name__ == "__main__":
    main()
