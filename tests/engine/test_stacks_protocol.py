"""The custom resource protocol: what is asked, and which answers count (semantics A1, A2, A8)."""

import json
import re
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from tests.engine.cloudformation_world import TOKEN, World, custom, failed, template

NO = "Received response status [FAILED] from custom resource. Message returned: no"
OTHER = "arn:aws:lambda:eu-west-1:123456789012:function:other"


def reason(world: World, status: str = "CREATE_FAILED") -> str:
    """Give the reason of resource A's failure."""
    line = next(line for line in world.events(of="A") if line.startswith(f"A {status}: "))
    return line.removeprefix(f"A {status}: ")


def test_a_create_carries_every_field_but_a_physical_id(world: World) -> None:
    world.create(template(A=custom("1", Properties={"ServiceTimeout": 30})))

    (event,) = world.provider.events
    stack_id = world.stack()["StackId"]
    url, request_id = event.pop("ResponseURL"), event.pop("RequestId")
    assert f"%7CA%7C{request_id}?" in url
    assert event == {
        "RequestType": "Create",
        "ServiceToken": TOKEN,
        "StackId": stack_id,
        "LogicalResourceId": "A",
        "ResourceType": "Custom::Thing",
        "ResourceProperties": {"ServiceToken": TOKEN, "V": "1", "ServiceTimeout": "30"},
        "ServiceTimeout": "30",
    }


def test_an_update_also_carries_the_physical_id_and_the_old_properties(world: World) -> None:
    world.create(template(A=custom("1")))
    world.update(template(A=custom("2")))

    create, update = world.provider.events
    assert update.keys() - create.keys() == {"PhysicalResourceId", "OldResourceProperties"}
    assert update["PhysicalResourceId"] == "a"
    assert update["OldResourceProperties"] == create["ResourceProperties"]
    assert update["RequestId"] != create["RequestId"]


def test_a_delete_carries_the_physical_id_and_the_last_properties(world: World) -> None:
    world.create(template(A=custom("1")))
    world.delete()

    create, delete = world.provider.events
    assert delete.keys() - create.keys() == {"PhysicalResourceId"}
    assert delete["ResourceProperties"] == create["ResourceProperties"]


def test_every_primitive_arrives_as_a_string_at_every_depth(world: World) -> None:
    given = {"n": 1, "f": 0.5, "b": True, "l": [1, False, {"d": 2}], "s": "x"}

    world.create(template(A=custom(given)))

    assert world.provider.events[0]["ResourceProperties"]["V"] == {
        "n": "1", "f": "0.5", "b": "true", "l": ["1", "false", {"d": "2"}], "s": "x",
    }  # fmt: skip


def test_a_change_that_only_looks_different_as_json_is_no_change(world: World) -> None:
    world.create(template(A=custom(1), B=custom("1")))

    world.update(template(A=custom("1"), B=custom("2")))

    assert world.provider.told_to("A") == ["Create A 1"]


def test_a_changed_service_timeout_alone_is_an_update(world: World) -> None:
    world.create(template(A=custom("1")))

    world.update(template(A=custom("1", Properties={"ServiceTimeout": "60"})))

    assert world.provider.told == ["Create A 1", "Update A#a 1->1"]


ANSWERS: dict[str, tuple[Mapping[str, Any] | bytes, str]] = {
    "failed": (failed("no"), NO),
    "failed without a reason": (
        {"Status": "FAILED"},
        "Received response status [FAILED] from custom resource. Message returned: ",
    ),
    "not json": (b"<html>", "Invalid Response object: not valid JSON"),
    "not utf-8": (b"\xff", "Invalid Response object: not valid JSON"),
    "not an object": (b"[]", "Invalid Response object: not a JSON object"),
    "4097 bytes": (b" " * 4097, "Response object is too long."),
    "too long in bytes, not in characters": (
        json.dumps({"Data": "é" * 2000}, ensure_ascii=False).encode() + b" " * 150,
        "Response object is too long.",
    ),
    "empty id": ({"PhysicalResourceId": ""}, "Invalid PhysicalResourceId"),
    "null id": ({"PhysicalResourceId": None}, "Invalid PhysicalResourceId"),
    "id of 1025 bytes": ({"PhysicalResourceId": "x" * 1025}, "Invalid PhysicalResourceId"),
    "id is a number": (
        {"PhysicalResourceId": 1},
        "Invalid Response object: Value of property PhysicalResourceId must be of type String",
    ),
    "failed and empty id": (failed("no", PhysicalResourceId=""), "Invalid PhysicalResourceId"),
    "data is text": (
        {"Data": "x"},
        "Invalid Response object: Value of property Data must be an object",
    ),
    "null reason": (
        {"Reason": None},
        "Invalid Response object: Value of property Reason must be of type String",
    ),
    "unknown status": ({"Status": "OK"}, "Invalid Response object: Status"),
    "other stack": ({"StackId": "x"}, "Invalid StackId"),
    "other request": ({"RequestId": "x"}, "Invalid RequestId"),
    "other resource": ({"LogicalResourceId": "x"}, "Invalid LogicalResourceId"),
}


@pytest.mark.parametrize(("answer", "text"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_no_success_fails_the_resource(
    world: World, answer: Mapping[str, Any] | bytes, text: str
) -> None:
    world.provider.on("Create A", answer)

    assert world.create(template(A=custom())) == "ROLLBACK_COMPLETE"

    assert reason(world) == text
    assert [line.split(" ")[0] for line in world.provider.told] == ["Create", "Delete"]


def test_an_answer_of_exactly_4096_bytes_counts(world: World) -> None:
    def whole(event: Mapping[str, Any]) -> bytes:
        names = ("StackId", "RequestId", "LogicalResourceId")
        answer = {name: event[name] for name in names}
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": "x" * 1024}
        return json.dumps(answer).encode().ljust(4096)

    world.provider.on("Create A", whole)

    assert world.create(template(A=custom())) == "CREATE_COMPLETE"


@pytest.mark.parametrize("answer", [{"PhysicalResourceId": ""}, b"<html>"], ids=["empty", "none"])
def test_an_update_answered_without_an_id_keeps_the_id_it_had(
    world: World, answer: Mapping[str, Any] | bytes
) -> None:
    world.create(template(A=custom("1")))
    world.provider.on("Update A", answer)

    assert world.update(template(A=custom("2"))) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told[1:] == ["Update A#a 1->2", "Update A#a 2->1"]


def test_without_an_answer_in_service_timeout_seconds_the_resource_fails(world: World) -> None:
    world.provider.on("Create A", None)

    created = world.create(template(A=custom(Properties={"ServiceTimeout": "1"})))

    assert created == "ROLLBACK_COMPLETE"
    (create, _) = world.provider.events
    assert reason(world).startswith(
        "CloudFormation did not receive a response from your Custom Resource. Please check your "
        f"logs for requestId [{create['RequestId']}]."
    )
    assert world.provider.told == ["Create A 1", "Delete A#made-up 1"]
    assert not world.provider.answer(create, {})


@pytest.mark.parametrize("timeout", ["0", "3601", "1.5", "soon", "-1"])
def test_a_service_timeout_out_of_its_range_is_refused_before_anything_is_sent(
    world: World, timeout: str
) -> None:
    created = world.create(template(A=custom(Properties={"ServiceTimeout": timeout})))

    assert created == "ROLLBACK_COMPLETE"
    assert reason(world) == "ServiceTimeout must be from 1 to 3600 seconds"
    assert world.provider.told == []


def test_an_answer_may_come_later_from_elsewhere(world: World) -> None:
    def later(event: Mapping[str, Any]) -> None:
        threading.Timer(0.15, world.provider.answer, (event, {})).start()

    world.provider.on("Create A", later)

    assert world.create(template(A=custom())) == "CREATE_COMPLETE"


def test_a_changed_service_token_is_refused_and_nobody_is_called(world: World) -> None:
    world.create(template(A=custom("1")))

    changed = template(A=custom("2", Properties={"ServiceToken": OTHER}))
    assert world.update(changed) == "UPDATE_ROLLBACK_COMPLETE"

    assert reason(world, "UPDATE_FAILED") == "Modifying service token is not allowed."
    assert world.provider.told == ["Create A 1"]


def test_a_custom_resource_without_a_service_token_fails(world: World) -> None:
    assert world.create(template(A={"Type": "Custom::Thing"})) == "ROLLBACK_COMPLETE"

    assert "required key [ServiceToken] not found" in reason(world)


def test_the_other_type_of_a_custom_resource_is_told_as_it_stands_in_the_template(
    world: World,
) -> None:
    resource = custom("1") | {"Type": "AWS::CloudFormation::CustomResource"}

    world.create(template(A=resource))

    assert world.provider.events[0]["ResourceType"] == "AWS::CloudFormation::CustomResource"


@pytest.mark.parametrize(
    ("token", "text"),
    [
        (OTHER, "Function not found"),
        ("arn:aws:sns:eu-west-1:123456789012:topic", "not emulated: ServiceToken arn:aws:sns:"),
    ],
    ids=["function is missing", "SNS"],
)
def test_without_a_provider_behind_the_token_nothing_has_to_be_deleted(
    token: str, text: str
) -> None:
    with World(through_lambda=True) as world:
        created = world.create(template(A=custom(Properties={"ServiceToken": token})))

        assert created == "ROLLBACK_COMPLETE"
        assert text in reason(world)
        assert "A DELETE_IN_PROGRESS" not in world.events()


def test_data_is_read_by_get_att_and_the_id_by_ref(world: World) -> None:
    world.provider.on("Create A", {"PhysicalResourceId": "id", "Data": {"Version": "7"}})
    reader = custom({"Fn::GetAtt": ["A", "Version"]})

    world.create(template({"Id": {"Ref": "A"}}, A=custom(), B=reader))

    assert world.provider.told_to("B") == ["Create B 7"]
    assert world.outputs() == {"Id": "id"}


def test_a_changed_attribute_wakes_what_reads_it_and_an_equal_one_does_not(world: World) -> None:
    world.provider.on("Create A", {"Data": {"Changed": "1", "Same": "1"}})
    world.provider.on("Update A", {"Data": {"Changed": "2", "Same": "1"}})
    readers = {
        name: custom({"Fn::GetAtt": ["A", attribute]})
        for name, attribute in (("B", "Changed"), ("C", "Same"))
    }

    world.create(template(A=custom("1"), **readers))
    world.update(template(A=custom("2"), **readers))

    assert world.provider.told_to("B") == ["Create B 1", "Update B#b 1->2"]
    assert world.provider.told_to("C") == ["Create C 1"]


def test_an_attribute_that_the_answer_lacks_fails_what_reads_it(world: World) -> None:
    reader = custom({"Fn::GetAtt": ["B", "Version"]})

    assert world.create(template(A=reader, B=custom())) == "ROLLBACK_COMPLETE"

    (request_id,) = {event["RequestId"] for event in world.provider.events[:1]}
    where = f"{world.stack()['StackId']}|B|{request_id}"
    assert reason(world) == (
        "CustomResource attribute error: Vendor response doesn't contain Version attribute in "
        f"object {where}"
    )


def test_the_data_of_an_update_replaces_that_of_the_create(world: World) -> None:
    world.provider.on("Create A", {"Data": {"Version": "7"}})
    read = {"Version": {"Fn::GetAtt": ["A", "Version"]}}
    world.create(template(read, A=custom("1")))

    assert world.update(template(read, A=custom("2"))) == "UPDATE_ROLLBACK_FAILED"

    begun = world.events("UPDATE_ROLLBACK_IN_PROGRESS")[0]
    assert "Vendor response doesn't contain Version attribute" in begun


@pytest.mark.parametrize("no_echo", [True, "true"])
def test_no_echo_hides_the_data_in_outputs_but_not_from_other_resources(
    world: World, no_echo: object
) -> None:
    world.provider.on("Create A", {"NoEcho": no_echo, "Data": {"Secret": "s"}})
    secret = {"Fn::GetAtt": ["A", "Secret"]}

    world.create(template({"Secret": secret}, A=custom(), B=custom(secret)))

    assert world.outputs() == {"Secret": "*****"}
    assert world.provider.told_to("B") == ["Create B s"]


def test_an_update_may_make_the_data_visible_again(world: World) -> None:
    world.provider.on("Create A", {"NoEcho": True, "Data": {"Secret": "s"}})
    world.provider.on("Update A", {"Data": {"Secret": "t"}})
    read = {"Secret": {"Fn::GetAtt": ["A", "Secret"]}}

    world.create(template(read, A=custom("1")))
    world.update(template(read, A=custom("2")))

    assert world.outputs() == {"Secret": "t"}


def test_a_delete_is_done_whatever_id_its_answer_names(world: World) -> None:
    world.create(template(A=custom()))
    world.provider.on("Delete A", {"PhysicalResourceId": "other"})

    assert world.delete() == "DELETE_COMPLETE"


def test_an_id_made_up_names_the_stack_and_the_resource(world: World) -> None:
    world.provider.on("Create A", failed("no", PhysicalResourceId=""))

    world.create(template(A=custom()))

    made_up = world.provider.events[1]["PhysicalResourceId"]
    assert re.fullmatch(rf"{world.name}-A-[A-Z0-9]{{12}}", made_up)
