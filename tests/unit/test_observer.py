"""Looks at many aliases at once."""

from dataclasses import replace

from handler.direction import Direction
from handler.history import ResourceEvent
from handler.model import Previous, PromoteRequest, Promotion
from handler.observed import AliasState
from tests.unit.conftest import PROD
from tests.unit.release_world import US, A, B, ReleaseWorld


def test_the_events_of_a_stack_are_read_once_for_all_aliases_of_a_release() -> None:
    world, read = ReleaseWorld(), list[str]()
    names = ("orders", "payments", "mails")
    requests = []
    for name in names:
        alias = replace(PROD, function_name=name)
        world.aws.deploy(name, "code")
        world.aws.publish_version(name, "", None)
        world.aws.point(name, "prod", AliasState("1", f"[alias-promotion owner={US} 2@{B} 1@{A}]"))
        # A return to the release of before: only the events tell it from a rollback.
        requests.append((alias, PromoteRequest(Promotion(alias, US, A), Previous(B, alias))))
    begun = world.aws.now()
    world.aws.events = [
        ("Prod", ResourceEvent("UPDATE_IN_PROGRESS", begun)),
        ("Prod", ResourceEvent("UPDATE_FAILED", begun)),
    ]
    world.aws.stack = replace(world.aws.stack, begun=begun)
    world.aws.before["DescribeStackEvents"] = lambda: read.append("DescribeStackEvents")

    found = world.observer.observe(requests)

    assert [each.direction for each in found] == [Direction.FORWARD] * 3
    assert [each.restores for each in found] == [True] * 3
    assert read == ["DescribeStackEvents"]
