"""What takes its time on AWS takes it here too: Pending, InProgress, and what is refused then."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local.settings import Settings
from tests.engine.functions_world import Stage, World, package, serve


@pytest.fixture
def world() -> Iterator[World]:
    with serve(Settings(creating=10, updating=20, publishing=30)) as made:
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    """An Active function."""
    made = world.stage()
    made.create()
    world.time += 10
    return made


def states(stage: Stage, qualifier: str = "$LATEST") -> tuple[str, str]:
    found = stage.latest(qualifier)
    return found["State"], found["LastUpdateStatus"]


def change(stage: Stage) -> dict[str, str]:
    answer: dict[str, str] = stage.client.update_function_code(
        FunctionName=stage.name, ZipFile=package("changed = True")
    )
    return answer


def test_a_new_function_is_pending_for_a_while(world: World) -> None:
    stage = world.stage()
    made = stage.create()
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    assert "LastUpdateStatus" not in made
    world.time = 9
    assert stage.latest()["State"] == "Pending"
    world.time = 10
    assert states(stage) == ("Active", "Successful")


def test_the_revision_changes_when_a_function_becomes_active(world: World) -> None:
    stage = world.stage()
    revision = stage.create()["RevisionId"]
    assert stage.latest()["RevisionId"] == revision
    world.time += 10
    settled = stage.latest()["RevisionId"]
    assert settled != revision
    assert stage.latest()["RevisionId"] == settled


def test_an_update_changes_the_revision_twice(stage: Stage, world: World) -> None:
    before = stage.latest()["RevisionId"]
    during = change(stage)["RevisionId"]
    assert stage.latest()["RevisionId"] == during
    world.time += 20
    assert len({before, during, stage.latest()["RevisionId"]}) == 3


def test_an_update_is_in_progress_for_a_while(stage: Stage, world: World) -> None:
    answer = change(stage)
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    assert states(stage) == ("Active", "InProgress")
    world.time += 20
    assert states(stage) == ("Active", "Successful")


def test_the_old_code_is_served_until_an_update_is_through(stage: Stage, world: World) -> None:
    before = stage.latest()["CodeSha256"]
    change(stage)
    stage.invoke()
    world.time += 20
    stage.invoke()
    assert [one.code_sha256 for one in world.invoker.ran] == [
        before, stage.latest()["CodeSha256"],
    ]  # fmt: skip


def test_an_answer_shows_the_transition_even_where_it_takes_no_time() -> None:
    with serve() as world:
        stage = world.stage()
        assert stage.create()["State"] == "Pending"
        assert stage.latest()["State"] == "Active"
        answer = change(stage)
        assert answer["LastUpdateStatus"] == "InProgress"
        assert stage.latest()["LastUpdateStatus"] == "Successful"
        assert stage.latest()["RevisionId"] != answer["RevisionId"]


def test_a_new_version_is_pending_for_a_while_and_can_not_be_invoked(
    stage: Stage, world: World
) -> None:
    made = stage.client.publish_version(FunctionName=stage.name)
    assert (made["State"], made["LastUpdateStatus"]) == ("Pending", "Successful")
    with pytest.raises(ClientError, match="following state: Pending"):
        stage.invoke(Qualifier="1")
    world.time += 30
    found = stage.latest("1")
    assert (found["State"], found["RevisionId"]) == ("Active", made["RevisionId"])
    assert stage.invoke(Qualifier="1")["ExecutedVersion"] == "1"


def test_a_version_that_exists_does_not_become_pending_again(stage: Stage, world: World) -> None:
    stage.client.publish_version(FunctionName=stage.name)
    world.time += 30
    assert stage.client.publish_version(FunctionName=stage.name)["State"] == "Active"


def test_a_refused_write_changes_nothing(stage: Stage, world: World) -> None:
    change(stage)
    with pytest.raises(ClientError, match="An update is in progress"):
        stage.client.update_function_configuration(FunctionName=stage.name, Timeout=9)
    world.time += 20
    assert stage.latest()["Timeout"] == 3


def test_tags_have_to_wait_too(stage: Stage) -> None:
    change(stage)
    with pytest.raises(ClientError, match="An update is in progress"):
        stage.client.tag_resource(Resource=stage.arn, Tags={"team": "orders"})
