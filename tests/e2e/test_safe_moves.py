"""New versions that are tested before they get traffic, get it step by step, and lose it again."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from local.settings import Settings
from tests.e2e.account import (
    BROKEN,
    PROVIDER,
    ROLE,
    Account,
    Alarms,
    Split,
    at,
    fails_after,
    function_of,
    outputs,
    promotion,
    template,
)
from tests.e2e.conftest import ONE_WAY

STACK = "orders-app"
CANARY = {"Type": "Canary10Percent1Minute"}
LINEAR = {"Type": "Linear25PercentEvery1Minute"}
STEPS: list[Split] = [("1", 25), ("1", 50), ("1", 75), ("2", 0)]
"""How prod goes over in LINEAR; with alarms the last one is watched, too."""
EVERY_STEP = [1, *(pytest.param(step, marks=pytest.mark.thorough) for step in (0, 2, 3))]

ANSWERS = """
import json, os
def handler(event, context):
    print("asked", context.invoked_function_arn)
    start = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
    return {"release": "b", "version": context.function_version, "start": start, **event}
"""
FAILS = "def handler(event, context): raise ValueError('no stock')"
HANGS = "def handler(event, context): __import__('time').sleep(2)"
HOOK = """
import json
def handler(event, context):
    print("hook", json.dumps(event))
"""


@pytest.fixture(scope="module", params=[ONE_WAY], ids=["a minute is 0.4 s"])
def settings(request: pytest.FixtureRequest) -> Settings:
    found: Settings = request.param
    return replace(found, minute=0.4, provisioning=0.2, retry_waits=(0.05, 0.05))


class Orders:
    """The function of a stack whose prod serves version 1.

    Attributes:
        name: of the function.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        created = account.deploy(STACK, template("a", Prod=promotion("prod", Triggers="a")))
        self.name = outputs(created)["Function"]
        self.alias = account.alias(self.name, "prod")

    def look(self) -> Split:
        return self.account.split(self.name, "prod")

    def release(
        self,
        source: str = ANSWERS,
        meanwhile: Callable[[Split], object] = lambda _picture: None,
        resources: dict[str, Any] | None = None,
        **properties: Any,
    ) -> list[Split]:
        """Release other code; give what prod looked like, from before until the stack settled."""
        more = {
            "Function": function_of(source),
            "Prod": promotion("prod", **{"Triggers": source} | properties),
        } | (resources or {})
        return self.account.filmed(STACK, template("", **more), self.look, meanwhile)

    @property
    def status(self) -> str:
        return str(self.account.settled(STACK)["StackStatus"])

    @property
    def reason(self) -> str:
        """What the stack's events say of the release that failed, without CloudFormation's part."""
        [reason] = self.account.reasons(STACK, "Prod")
        return reason.partition("Message returned: ")[2]

    def is_as_before(self) -> bool:
        """Tell whether the release has left no trace in what prod serves."""
        alias = self.account.lambda_.get_alias(FunctionName=self.name, Name="prod")
        described = (alias["FunctionVersion"], alias["Description"])
        return described == self.alias and "RoutingConfig" not in alias


@pytest.fixture
def orders(account: Account) -> Orders:
    return Orders(account)


@pytest.fixture
def alarms(account: Account) -> Alarms:
    return Alarms(account)


# --- SmokeTest


def test_a_version_that_answers_as_expected_gets_the_traffic_after_it_was_asked_by_its_number(
    orders: Orders,
) -> None:
    smoke = {"Payload": {"id": 7}, "ExpectedPayload": {"version": "2", "id": "7"}}

    assert orders.release(SmokeTest=smoke) == [("1", 0), ("2", 0)]

    assert orders.status == "UPDATE_COMPLETE"
    assert f":function:{orders.name}:2\n" in orders.account.engine.logs[orders.name]


@pytest.mark.parametrize(
    ("source", "smoke", "shown"),
    [
        pytest.param(FAILS, {}, ["ended with an error: ", "ValueError", "no stock"], id="an error"),
        pytest.param(
            HANGS, {"Timeout": "1"}, ["did not answer within 1 seconds"], id="no answer in time"
        ),
        pytest.param(
            ANSWERS,
            {"Payload": '{"id": 7}', "ExpectedPayload": {"release": "c"}},
            ['answered {"release": "b", "version": "2"', 'does not contain {"release": "c"}'],
            id="another answer",
        ),
    ],
)
def test_a_version_that_fails_its_smoke_test_gets_no_traffic_and_the_stack_tells_why(
    orders: Orders, source: str, smoke: dict[str, Any], shown: list[str]
) -> None:
    assert orders.release(source, SmokeTest=smoke) == [("1", 0)]

    assert orders.status == "UPDATE_ROLLBACK_COMPLETE"
    assert orders.reason.startswith(f"SmokeTest: version 2 of {orders.name} ")
    assert [text for text in shown if text not in orders.reason] == []
    assert orders.is_as_before()


# --- DeploymentPreference.Type


@pytest.mark.parametrize(
    ("type_", "steps"),
    [
        ("AllAtOnce", []),
        ("Canary10Percent5Minutes", [10]),
        ("Linear10PercentEvery1Minute", [10, 20, 30, 40, 50, 60, 70, 80, 90]),
        ("Canary45Percent2Minutes", [45]),
        ("Linear40PercentEvery2Minutes", [40, 80]),
    ],
)
def test_the_traffic_goes_over_in_the_steps_of_the_type(
    orders: Orders, type_: str, steps: list[int]
) -> None:
    film = orders.release(DeploymentPreference={"Type": type_})

    assert film == [("1", 0), *[("1", percent) for percent in steps], ("2", 0)]
    assert orders.status == "UPDATE_COMPLETE"


def test_a_preference_that_is_not_enabled_is_none(orders: Orders, alarms: Alarms) -> None:
    alarms.set("errors", "ALARM")
    preference = CANARY | {"Alarms": ["errors"], "Enabled": False}

    assert orders.release(DeploymentPreference=preference) == [("1", 0), ("2", 0)]
    assert orders.status == "UPDATE_COMPLETE"


# --- DeploymentPreference.Alarms


@pytest.mark.parametrize("step", EVERY_STEP)
def test_an_alarm_in_any_step_puts_all_traffic_back_and_the_stack_is_rolled_back(
    orders: Orders, alarms: Alarms, step: int
) -> None:
    ring = at(STEPS[step], alarms.ring("errors"))

    film = orders.release(meanwhile=ring, DeploymentPreference=LINEAR | {"Alarms": ["errors"]})

    assert film == [("1", 0), *STEPS[: step + 1], ("1", 0)]
    assert orders.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "DeploymentPreference.Alarms: errors went to ALARM" in orders.reason
    assert orders.is_as_before()


def test_a_composite_alarm_rings_as_soon_as_one_below_it_does(
    orders: Orders, alarms: Alarms
) -> None:
    ring = at(("1", 10), alarms.ring("latency"))

    film = orders.release(
        meanwhile=ring, DeploymentPreference=CANARY | {"Alarms": ["errors", "either"]}
    )

    assert film == [("1", 0), ("1", 10), ("1", 0)]
    assert "DeploymentPreference.Alarms: either went to ALARM" in orders.reason
    assert orders.is_as_before()


@pytest.mark.parametrize(
    ("alarm", "reason"),
    [
        ("either", "DeploymentPreference.Alarms: either is in ALARM, so nothing was moved"),
        ("absent", "DeploymentPreference.Alarms: found no alarm absent"),
    ],
)
def test_an_alarm_that_rings_or_is_unknown_stops_a_release_before_it_is_published(
    orders: Orders, alarms: Alarms, alarm: str, reason: str
) -> None:
    alarms.set("errors", "ALARM")

    film = orders.release(DeploymentPreference=CANARY | {"Alarms": [alarm]})

    assert film == [("1", 0)]
    assert orders.reason.startswith(reason)
    assert orders.account.versions(orders.name) == ["1"]
    assert orders.is_as_before()


def test_ignored_alarms_stop_nothing_and_are_told_in_the_answer(
    orders: Orders, alarms: Alarms
) -> None:
    preference = CANARY | {"Alarms": ["errors"], "IgnoreAlarms": "true"}

    film = orders.release(
        meanwhile=at(("1", 10), alarms.ring("errors")),
        DeploymentPreference=preference,
    )

    assert film == [("1", 0), ("1", 10), ("2", 0)]
    assert orders.status == "UPDATE_COMPLETE"
    answer = [
        json.loads(line)
        for line in orders.account.engine.logs[PROVIDER].splitlines()
        if '"answered"' in line
    ][-1]
    assert answer["status"] == "SUCCESS"
    assert answer["reason"].startswith("IgnoreAlarms: errors went to ALARM")


# --- DeploymentPreference.Hooks


def hooks(source: str, *names: str) -> dict[str, Any]:
    """Give the parts of a release with hooks: the function that is asked, and the preference."""
    preference = {"Hooks": {name: {"Ref": "Hook"} for name in names}}
    return {"resources": {"Hook": function_of(source)}, "DeploymentPreference": preference}


def test_hooks_are_told_the_function_the_alias_both_versions_and_the_release(
    orders: Orders,
) -> None:
    film = orders.release(**hooks(HOOK, "PreTraffic", "PostTraffic"))

    assert film == [("1", 0), ("2", 0)]
    name = orders.account.physical_id(STACK, "Hook")
    told = [
        json.loads(line.removeprefix("hook "))
        for line in orders.account.engine.logs[name].splitlines()
        if line.startswith("hook ")
    ]
    mark = (orders.account.alias(orders.name, "prod") or ("", ""))[1]
    release = told[0]["Release"]
    assert f" 2@{release} " in mark
    assert told == [
        {
            "Hook": hook,
            "FunctionName": orders.name,
            "AliasName": "prod",
            "CurrentVersion": "1",
            "TargetVersion": "2",
            "Release": release,
        }
        for hook in ("PreTraffic", "PostTraffic")
    ]


HOOK_FAILS = """
import time
def handler(event, context):
    time.sleep(0.2)
    raise ValueError('no stock')
"""
SAYS_FAILED = """
import time
def handler(event, context):
    time.sleep(0.2)
    return {'status': 'Failed', 'reason': 'no stock'}
"""


@pytest.mark.parametrize(
    ("source", "shown"),
    [(HOOK_FAILS, "ended with an error: "), (SAYS_FAILED, "said Failed: no stock")],
    ids=["an error", "Failed"],
)
@pytest.mark.parametrize(
    ("hook", "film"),
    [("PreTraffic", [("1", 0)]), ("PostTraffic", [("1", 0), ("2", 0), ("1", 0)])],
)
def test_a_hook_that_does_not_agree_stops_the_release_and_undoes_it(
    orders: Orders, hook: str, film: list[Split], source: str, shown: str
) -> None:
    assert orders.release(**hooks(source, hook)) == film

    assert orders.status == "UPDATE_ROLLBACK_COMPLETE"
    assert orders.reason.startswith(f"DeploymentPreference.Hooks.{hook}: ")
    assert shown in orders.reason
    assert "no stock" in orders.reason
    assert orders.is_as_before()


# --- ProvisionedConcurrencyConfig

PROVISIONED: dict[str, Any] = {
    "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}
}


def provisioned(orders: Orders) -> dict[str, str]:
    """Give the state of each version that has provisioned concurrency."""
    listed = orders.account.lambda_.list_provisioned_concurrency_configs(FunctionName=orders.name)
    return {
        each["FunctionArn"].rpartition(":")[2]: each["Status"]
        for each in listed["ProvisionedConcurrencyConfigs"]
    }


def test_provisioned_concurrency_is_ready_before_traffic_comes_and_taken_once_none_does(
    orders: Orders,
) -> None:
    orders.release(**PROVISIONED)
    seen: dict[Split, dict[str, str]] = {}

    film = orders.release(
        ANSWERS + "\n",
        meanwhile=lambda picture: seen.update({picture: provisioned(orders)}),
        DeploymentPreference=CANARY,
        **PROVISIONED,
    )

    assert film == [("2", 0), ("2", 10), ("3", 0)]
    assert seen["2", 10] == {"2": "READY", "3": "READY"}
    assert provisioned(orders) == {"3": "READY"}
    assert orders.account.answer(orders.name, "prod")["start"] == "provisioned-concurrency"


def test_a_version_that_cannot_be_provisioned_gets_no_traffic(orders: Orders) -> None:
    assert orders.release("import absent", **PROVISIONED) == [("1", 0)]

    assert orders.status == "UPDATE_ROLLBACK_COMPLETE"
    assert orders.reason.startswith(
        f"ProvisionedConcurrencyConfig: version 2 of {orders.name} got none "
        "(FUNCTION_ERROR_INIT_FAILURE)"
    )
    assert orders.is_as_before()
    assert provisioned(orders) == {}


def test_a_rollback_gives_the_version_of_before_its_provisioned_concurrency_back(
    orders: Orders,
) -> None:
    orders.release(**PROVISIONED)

    orders.release(
        ANSWERS + "\n", resources={"Broken": BROKEN | {"DependsOn": "Prod"}}, **PROVISIONED
    )

    assert orders.look() == ("2", 0)
    orders.account.wait_for(lambda: provisioned(orders) == {"2": "READY"})


def test_provisioned_concurrency_goes_with_the_promotion(orders: Orders) -> None:
    orders.release(**PROVISIONED)
    assert provisioned(orders) == {"2": "READY"}

    orders.account.deploy(STACK, template("a"))

    assert provisioned(orders) == {}


@pytest.mark.parametrize(
    ("ends", "expected"),
    [("crash", {"3": "READY"}), ("rollback", {"2": "READY"})],
)
def test_provisioned_concurrency_is_left_on_one_version_however_its_wait_is_interrupted(
    orders: Orders, ends: str, expected: dict[str, str]
) -> None:
    orders.release(**PROVISIONED)
    source = "import time; time.sleep(2)" + ANSWERS
    more = fails_after(1, DependsOn="Function") if ends == "rollback" else {}
    new = template(
        "",
        Function=function_of(source),
        Prod=promotion("prod", Triggers=source, **PROVISIONED),
        **more,
    )
    orders.account.begin(STACK, new)
    orders.account.wait_for(lambda: "3" in provisioned(orders))
    if ends == "crash":
        orders.account.crash_provider()

    orders.account.settled(STACK)

    orders.account.wait_for(lambda: provisioned(orders) == expected)
    assert orders.look() == (*expected, 0)


# --- rules


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"Role": {"Fn::GetAtt": ["Other", "Arn"]}}, "roles"),
        ({"DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Queue", "Arn"]}}},
         "dead-letter targets"),
    ],
    ids=["another role", "another dead-letter queue"],
)  # fmt: skip
def test_versions_that_can_share_no_traffic_are_refused_a_shift_and_released_all_at_once(
    orders: Orders, other: dict[str, Any], what: str
) -> None:
    resources = {
        "Function": function_of(ANSWERS, **other),
        "Other": ROLE,
        "Queue": {"Type": "AWS::SQS::Queue"},
    }

    assert orders.release(resources=resources, DeploymentPreference=CANARY) == [("1", 0)]

    assert orders.reason.startswith(
        f"DeploymentPreference.Type: versions 1 and 2 of {orders.name} have different {what} ("
    )
    assert "release once with AllAtOnce" in orders.reason
    assert orders.is_as_before()
    film = orders.release(resources=resources, DeploymentPreference={"Type": "AllAtOnce"})
    assert film == [("1", 0), ("3", 0)]
    assert orders.status == "UPDATE_COMPLETE"


def test_a_first_release_goes_all_at_once(account: Account) -> None:
    prod = promotion("prod", DeploymentPreference={"Type": "Canary10Percent90Minutes"})

    stack = account.deploy(STACK, template("a", Prod=prod))

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert account.split(outputs(stack)["Function"], "prod") == ("1", 0)


@pytest.mark.parametrize(
    "guard",
    [
        {"SmokeTest": {"ExpectedPayload": {"release": "c"}}},
        {"DeploymentPreference": {"Hooks": {"PostTraffic": {"Ref": "Hook"}}}},
    ],
    ids=["before it is made", "after it was made"],
)
def test_a_first_release_that_fails_leaves_no_alias(account: Account, guard: Any) -> None:
    account.deploy(STACK, template("a", Hook=function_of(SAYS_FAILED)))
    name = account.physical_id(STACK, "Function")
    prod = promotion("prod", **guard)

    stack = account.deploy(STACK, template("a", Hook=function_of(SAYS_FAILED), Prod=prod))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.alias(name, "prod") is None


def test_a_change_of_the_preference_alone_releases_nothing(orders: Orders) -> None:
    orders.release(Triggers="b")

    film = orders.release(ANSWERS + "\n", Triggers="b", DeploymentPreference=LINEAR)

    assert film == [("2", 0)]
    assert orders.status == "UPDATE_COMPLETE"


def test_a_rollback_goes_all_at_once_though_alarms_ring(orders: Orders, alarms: Alarms) -> None:
    preference = CANARY | {"Alarms": ["errors"]}
    orders.release(DeploymentPreference=preference)

    film = orders.release(
        ANSWERS + "\n",
        meanwhile=at(("3", 0), alarms.ring("errors")),
        resources=fails_after(1, DependsOn="Prod"),
        DeploymentPreference=preference | {"Enabled": "false"},
    )

    assert film == [("2", 0), ("3", 0), ("2", 0)]
    assert orders.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_version_of_the_lineage_gets_all_traffic_at_once_though_alarms_ring(
    orders: Orders, alarms: Alarms
) -> None:
    preference = CANARY | {"Alarms": ["errors"]}
    orders.release(DeploymentPreference=preference)
    alarms.set("errors", "ALARM")

    film = orders.release(SourceQualifier="1", DeploymentPreference=preference)

    assert film == [("2", 0), ("1", 0)]
    assert orders.status == "UPDATE_COMPLETE"


def test_no_weights_are_left_when_another_resource_fails_during_a_shift(orders: Orders) -> None:
    film = orders.release(
        resources=fails_after(1, DependsOn="Function"),
        DeploymentPreference={"Type": "Canary10Percent9Minutes"},
    )

    assert film == [("1", 0), ("1", 10), ("1", 0)]
    assert orders.status == "UPDATE_ROLLBACK_COMPLETE"
    assert orders.is_as_before()


def test_no_weights_are_left_when_every_delivery_of_the_release_crashes(orders: Orders) -> None:
    account, crashes = orders.account, 0

    def crash_until_the_stack_turns_back() -> None:
        nonlocal crashes
        while account.stack_status(STACK) == "UPDATE_IN_PROGRESS":
            crashes += account.engine.crash(PROVIDER)
            time.sleep(0.05)

    film = orders.release(
        meanwhile=at(("1", 10), crash_until_the_stack_turns_back),
        DeploymentPreference={"Type": "Canary10Percent90Minutes"},
    )

    assert film == [("1", 0), ("1", 10), ("1", 0)]
    assert crashes >= 3
    assert "RetriesExhausted" in orders.reason
    assert orders.status == "UPDATE_ROLLBACK_COMPLETE"
    assert orders.is_as_before()


def test_a_shift_that_a_person_has_ended_by_hand_is_not_taken_up_again(orders: Orders) -> None:
    put_back = {"FunctionName": orders.name, "Name": "prod", "RoutingConfig": {}}

    film = orders.release(
        meanwhile=at(("1", 50), lambda: orders.account.lambda_.update_alias(**put_back)),
        DeploymentPreference=LINEAR,
    )

    assert film == [("1", 0), ("1", 25), ("1", 50), ("1", 0)]
    assert orders.reason.startswith(f"AliasName: prod of {orders.name} was moved by somebody else")
    assert orders.is_as_before()


@pytest.mark.usefixtures("alarms")
@pytest.mark.parametrize("step", EVERY_STEP)
def test_a_shift_that_a_crash_has_interrupted_in_any_step_goes_on_where_it_was(
    orders: Orders, step: int
) -> None:
    crash = at(STEPS[step], orders.account.crash_provider)

    film = orders.release(meanwhile=crash, DeploymentPreference=LINEAR | {"Alarms": ["errors"]})

    assert film == [("1", 0), *STEPS]
    assert orders.status == "UPDATE_COMPLETE"
    assert orders.account.versions(orders.name) == ["1", "2"]


@pytest.mark.usefixtures("alarms")
@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"DeploymentPreference": {"Type": "Canary100Percent5Minutes"}},
         "DeploymentPreference.Type: found 'Canary100Percent5Minutes'; expected AllAtOnce"),
        ({"DeploymentPreference": {"Hooks": {"PreTraffic": "payments-check"}}},
         "DeploymentPreference.Hooks.PreTraffic: payments-check is not allowed here (orders-*)"),
        ({"DeploymentPreference": {"Type": "Canary10Percent90Minutes", "Alarms": ["errors"]}},
         "DeploymentPreference.Type: Canary10Percent90Minutes takes 180 minutes"),
        ({"SmokeTest": {"Timeout": "601"}}, "SmokeTest.Timeout: found '601'; expected a number"),
        ({"ProvisionedConcurrencyConfig": {}},
         "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions: missing"),
    ],
    ids=["an unknown type", "a hook that is not allowed", "too long", "a number", "a key"],
)  # fmt: skip
def test_what_cannot_work_fails_before_anything_moves_and_names_the_property(
    orders: Orders, properties: dict[str, Any], reason: str
) -> None:
    assert orders.release(**properties, ServiceTimeout="100") == [("1", 0)]

    assert orders.reason.startswith(reason)
    assert orders.account.versions(orders.name) == ["1"]
    assert orders.is_as_before()


def goes_on(account: Account) -> int:
    """Count how often the provider handed over to its next invocation."""
    answer = account.engine.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{PROVIDER}", filterPattern='"goes on"'
    )
    return len(answer["events"])


@pytest.mark.usefixtures("alarms")
def test_a_shift_longer_than_one_invocation_goes_on_in_the_next(orders: Orders) -> None:
    # The provider keeps 15 seconds for the answer and 5 to put prod back: 1.5 are left to wait in.
    orders.account.install_provider(timeout=22)
    before = goes_on(orders.account)
    preference = {"Type": "Linear25PercentEvery3Minutes", "Alarms": ["errors"]}

    film = orders.release(
        DeploymentPreference=preference, SmokeTest={"ExpectedPayload": {"version": "2"}}
    )

    assert film == [("1", 0), *STEPS]
    assert orders.status == "UPDATE_COMPLETE"
    assert goes_on(orders.account) >= before + 2
    asked = orders.account.engine.logs[orders.name].count(f":function:{orders.name}:2\n")
    assert asked == 1, "a version is tested once, however many invocations its shift takes"
