"""How many calls each operation takes of the account's 15 requests a second."""

from tests.functional.conftest import Provider, build

# GetFunction draws on a rate of its own (aws-semantics B8); only CodeSha256 needs it.


def test_a_create_takes_three_calls(provider: Provider) -> None:
    provider.create()
    assert provider.aws.calls == ["GetAlias", "PublishVersion", "CreateAlias"]


def test_an_update_takes_three_calls(released: Provider) -> None:
    released.update(build(2), build(3))
    assert released.aws.calls == ["GetAlias", "PublishVersion", "UpdateAlias"]


def test_an_update_takes_three_calls_however_many_versions_there_are(released: Provider) -> None:
    released.publish(*(f"other-{number}" for number in range(200)))
    released.update(build(2), build(3))
    assert released.aws.calls == ["GetAlias", "PublishVersion", "UpdateAlias"]


def test_an_event_delivered_twice_takes_one_call(released: Provider) -> None:
    released.update(build(1), build(2))
    assert released.aws.calls == ["GetAlias", "GetFunction"]


def test_a_setting_takes_two_calls(released: Provider) -> None:
    released.update(build(2), build(2, Description="Orders"))
    assert released.aws.calls == ["GetAlias", "UpdateAlias", "GetFunction"]


def test_a_rollback_takes_two_calls(released: Provider) -> None:
    released.update(build(2), build(3))
    released.roll_back(build(3), build(2))
    assert released.aws.calls == ["GetAlias", "UpdateAlias", "GetFunction"]


def test_a_delete_takes_two_calls(released: Provider) -> None:
    released.delete()
    assert released.aws.calls == ["GetAlias", "DeleteAlias"]


def test_a_promotion_from_another_alias_takes_three_calls(released: Provider) -> None:
    released.move("1", "beta")
    released.update(build(2), build(2, SourceQualifier="beta"))
    assert released.aws.calls == ["GetAlias", "GetAlias", "GetFunction", "UpdateAlias"]


def test_a_pinned_version_takes_two_calls(released: Provider) -> None:
    released.update(build(2), build(2, SourceQualifier="1"))
    assert released.aws.calls == ["GetAlias", "GetFunction", "UpdateAlias"]


def test_a_version_that_is_not_active_yet_is_waited_for(provider: Provider) -> None:
    provider.aws.new_version_state = "Pending"
    provider.create()
    assert provider.aws.calls == ["GetAlias", "PublishVersion", "wait", "CreateAlias"]


def test_the_delete_of_what_was_not_created_takes_none(provider: Provider) -> None:
    answer = provider.create(SourceQualifier="9")
    provider.delete(answer["PhysicalResourceId"], SourceQualifier="9")
    assert provider.aws.calls == []


def test_a_refused_request_takes_none(provider: Provider) -> None:
    provider.create(AliasName="7")
    assert provider.aws.calls == []


def test_the_stack_is_asked_once_for_each_request(released: Provider) -> None:
    looks: list[str] = []
    released.aws.before["DescribeStacks"] = lambda: looks.append("look")
    released.update(build(2), build(3))
    assert looks == ["look"]
