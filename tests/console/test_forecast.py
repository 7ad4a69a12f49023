"""What a deploy of a template would do to its promotions, without one."""

from collections.abc import Mapping
from typing import Any

import pytest

from console.deployed import Deployed, Resource
from console.forecast import Forecast, Forecaster
from console.problem import Problem
from console.templates import bound, deployed
from handler import lineage
from handler.errors import AccessDenied
from handler.observed import AliasState, Version
from tests.console.world import SCOPE
from tests.fakes import FakeAws

STACK = f"arn:aws:cloudformation:eu-west-1:{SCOPE.account}:stack/app/6c1f"
ARN = f"arn:aws:lambda:eu-west-1:{SCOPE.account}:function"
TYPE = "Custom::LambdaAliasPromotion"
PUBLISHES = "publishes $LATEST; Lambda gives the last version where it is the same"
NOT_CALLED = ["nothing no property changes, so CloudFormation does not call it"]

Properties = Mapping[str, Any]
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {}}


def promotion(alias: str, **properties: Any) -> dict[str, Any]:
    attributes = ("Type", "Condition", "DeletionPolicy", "DependsOn")
    given = {"ServiceToken": "token", "FunctionName": {"Ref": "Function"}, "AliasName": alias}
    return {
        "Type": TYPE,
        **{name: each for name, each in properties.items() if name in attributes},
        "Properties": {
            **given,
            **{name: each for name, each in properties.items() if name not in attributes},
        },
    }


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": {"Function": FUNCTION, **resources}}


STAGES = {
    "Dev": promotion("dev", Triggers="1"),
    "Prod": promotion("prod", SourceQualifier={"Fn::GetAtt": ["Dev", "Version"]}),
}


class Account:
    """A stack that is deployed, and what a template would change in it."""

    def __init__(self) -> None:
        self.aws = FakeAws()
        self.aws.deploy("orders", "code")
        self.aws.functions["orders"].versions.update({n: Version(n) for n in ("6", "7")})
        self.stack = Deployed("app")
        self.exports: dict[str, str] = {}

    def deploy(
        self, written: Mapping[str, Any], parameters: Mapping[str, str] | None = None
    ) -> None:
        """Be as after a deploy in which every alias was pointed to version 7."""
        resources = {"Function": Resource("AWS::Lambda::Function", "orders")}
        for logical_id, each in written["Resources"].items():
            if each["Type"].startswith("Custom::") and "Condition" not in each:
                resources[logical_id] = self._promoted(logical_id, each)
        self.stack = Deployed(
            "app", STACK, "UPDATE_COMPLETE", parameters or {}, {}, written, resources
        )

    def _promoted(self, logical_id: str, each: Mapping[str, Any]) -> Resource:
        given = dict(each["Properties"])
        if "SourceQualifier" in given:
            given["SourceQualifier"] = "7"
        owner = lineage.owner_id(STACK, logical_id)
        mark = f"[alias-promotion owner={owner} 7@{lineage.release_id(given)}]"
        self.aws.point("orders", given["AliasName"], AliasState("7", mark))
        if each["Type"] != TYPE:
            return Resource(each["Type"], f"lambda-release/{owner}/{given['AliasName']}")
        return Resource(TYPE, f"{ARN}:orders:{given['AliasName']}")

    def forecasts(self, written: Mapping[str, Any], **parameters: str) -> list[Forecast]:
        """Say what a template would do, and see that nothing was done."""
        after = bound(written, parameters, self.stack, SCOPE)
        before = deployed(self.stack, SCOPE)
        self.aws.calls.clear()
        made = Forecaster(self.aws, self.stack, (before, after), self.exports, SCOPE)  # type: ignore[arg-type] # in place of the gateway
        found = list(made.forecasts())
        assert [each for each in self.aws.calls if not each.startswith(("Get", "List"))] == []
        return found

    def told(self, written: Mapping[str, Any], **parameters: str) -> dict[str, list[str]]:
        """Say it by logical id."""
        return {
            each.logical_id: [" ".join(line) for line in each.lines]
            for each in self.forecasts(written, **parameters)
        }


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_template_that_changes_nothing_calls_nobody(account: Account) -> None:
    account.deploy(template(**STAGES))

    assert account.told(template(**STAGES)) == {"Dev": NOT_CALLED, "Prod": NOT_CALLED}


def test_a_release_goes_on_from_one_promotion_to_the_next(account: Account) -> None:
    account.deploy(template(**STAGES))
    release = lineage.release_id({"Triggers": "2"})

    told = account.told(template(**STAGES | {"Dev": promotion("dev", Triggers="2")}))

    assert told["Dev"] == [
        "because a new release",
        PUBLISHES,
        "moves dev from version 7 to the new version",
        f"lineage ?@{release} 7@{lineage.release_id({'Triggers': '1'})}",
    ]
    assert told["Prod"] == [
        "because a new release, if what is not known changes",
        "takes the version that Dev.Version is by then",
        "moves prod from version 7 to the version that Dev.Version is by then",
        f"lineage ?@? 7@{lineage.release_id({'SourceQualifier': '7'})}",
        "not known before the deploy: SourceQualifier (Dev.Version)",
    ]


def test_a_pinned_version_goes_on_by_its_number(account: Account) -> None:
    account.deploy(template(**STAGES))

    told = account.told(template(**STAGES | {"Dev": promotion("dev", SourceQualifier="6")}))

    assert "moves dev from version 7 to version 6" in told["Dev"]
    assert "moves prod from version 7 to version 6" in told["Prod"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"DependsOn": "Dev"}, "takes the version that dev serves by then"),
        ({}, "takes version 7, which dev serves"),
    ],
    ids=["after it", "before it"],
)
def test_the_version_of_an_alias_that_is_named_as_text_depends_on_the_order(
    account: Account, order: dict[str, Any], expected: str
) -> None:
    def stages(release: str) -> dict[str, Any]:
        beta = promotion("beta", SourceQualifier="dev", Triggers=release, **order)
        # Without DependsOn it comes first, for its name does.
        return template(Beta=beta, Dev=promotion("dev", Triggers=release))

    account.deploy(stages("1"))

    assert expected in account.told(stages("2"))["Beta"]


def test_a_source_that_is_pinned_before_gives_its_number_to_a_promotion_by_name(
    account: Account,
) -> None:
    stages = template(
        Dev=promotion("dev", SourceQualifier="6"),
        Prod=promotion("prod", SourceQualifier="dev", DependsOn="Dev"),
    )
    account.deploy(template())

    assert "creates prod, on version 6" in account.told(stages)["Prod"]


def test_a_new_stack_has_no_function_to_ask_about(account: Account) -> None:
    told = account.told(template(**STAGES))

    assert told["Dev"] == [
        "because no such alias yet",
        PUBLISHES,
        "creates dev, on the new version",
        f"lineage ?@{lineage.release_id({'Triggers': '1'})}",
        "not known before the deploy: FunctionName (Function)",
    ]
    assert account.aws.calls == []


def test_a_failure_is_foretold_with_what_the_provider_would_say(account: Account) -> None:
    account.deploy(template())
    account.aws.point("orders", "prod", AliasState("6", "By hand"))

    [found] = account.forecasts(template(Prod=promotion("prod")))

    assert found.fails
    [(word, text)] = found.lines
    assert word == "fails"
    assert text.startswith("AliasName: prod of orders exists already, not managed by a promotion;")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"SourceQualifier": "9"}, "SourceQualifier: found no version 9 of orders"),
        ({"Trigger": "2"}, "Trigger: unknown property; use Triggers"),
        ({"ServiceTimeout": "soon"}, "ServiceTimeout: found 'soon'"),
        (
            {"DeploymentPreference": {"Type": "Canary10Percent30Minutes"}, "ServiceTimeout": "600",
             "Triggers": "2"},
            "DeploymentPreference.Type: Canary10Percent30Minutes takes 30 minutes",
        ),
    ],
    ids=["no version", "no property", "no number", "no time"],
)  # fmt: skip
def test_what_the_provider_would_refuse_is_refused(
    account: Account, wrong: dict[str, Any], says: str
) -> None:
    account.deploy(template(Prod=promotion("prod")))

    [found] = account.forecasts(template(Prod=promotion("prod", **wrong)))

    assert found.fails
    assert found.lines[0][1].startswith(says)


def test_traffic_is_shared_between_versions_that_are_alike_only(account: Account) -> None:
    preference = {"Type": "Canary10Percent5Minutes"}
    account.deploy(template(Prod=promotion("prod")))
    pinned = template(Prod=promotion("prod", SourceQualifier="6", DeploymentPreference=preference))

    assert "shifts 10 % of the traffic for 5 minutes, then all" in account.told(pinned)["Prod"]
    account.aws.functions["orders"].versions["6"] = Version("6", role="another")
    [found] = account.forecasts(pinned)

    assert found.lines[0][1].startswith("DeploymentPreference.Type: versions 7 and 6 of orders")


def test_a_version_that_served_before_gets_all_traffic_at_once(account: Account) -> None:
    account.deploy(template(Prod=promotion("prod")))
    preference = {"Type": "Canary10Percent5Minutes"}
    same = promotion("prod", SourceQualifier="beta", DeploymentPreference=preference)
    account.aws.point("orders", "beta", AliasState("7", ""))

    told = account.told(template(Prod=same))["Prod"]

    assert "keeps prod on version 7, with no weights" in told
    assert not [line for line in told if line.startswith("shifts")]


def test_a_promotion_that_the_template_drops_is_deleted(account: Account) -> None:
    account.deploy(template(**STAGES, Kept=promotion("kept", DeletionPolicy="Retain")))

    told = account.told(template(Dev=STAGES["Dev"]))

    assert told["Prod"] == ["because the alias is ours", "deletes prod; its versions stay"]
    assert told["Kept"] == ["nothing DeletionPolicy is Retain"]


def test_a_promotion_that_never_was_leaves_nothing_to_delete(account: Account) -> None:
    account.deploy(template(Prod=promotion("prod")))
    account.stack.resources["Prod"] = Resource(TYPE, f"{ARN}:orders:prod#not-created")  # type: ignore[index] # a dict, in this test

    assert account.told(template()) == {"Prod": ["nothing it names no alias of its own"]}


def test_a_rename_makes_the_new_alias_and_deletes_the_old_one(account: Account) -> None:
    account.deploy(template(Prod=promotion("prod")))

    told = account.told(template(Prod=promotion("live")))["Prod"]

    assert "creates live, on the new version" in told
    assert "cleanup CloudFormation deletes prod of orders at the end" in told


def test_a_condition_that_does_not_hold_leaves_a_promotion_out(account: Account) -> None:
    written = template(Prod=promotion("prod", Condition="IsProd"))
    written["Parameters"] = {"Stage": {"Type": "String", "Default": "dev"}}
    written["Conditions"] = {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}

    assert account.told(written) == {}
    assert list(account.told(written, Stage="prod")) == ["Prod"]


def released(**properties: Any) -> dict[str, Any]:
    names = {"Functions": [{"Ref": "Function"}, "payments"]}
    made = promotion("prod", Type="Custom::LambdaRelease", **names, **properties)
    del made["Properties"]["FunctionName"]
    return made


def test_a_release_of_many_functions_tells_each_alias(account: Account) -> None:
    account.deploy(template())
    account.aws.deploy("payments", "code")

    [found] = account.forecasts(template(Release=released()))

    assert found.subject == "prod of orders, payments"
    assert [text for word, text in found.lines if word in ("alias", "creates")] == [
        "prod of orders", "prod, on the new version",
        "prod of payments", "prod, on the new version",
    ]  # fmt: skip


def test_a_release_of_many_functions_that_is_dropped_gives_each_alias_up(
    account: Account,
) -> None:
    account.deploy(template(Release=released()))
    account.aws.deploy("payments", "code")
    # Two of its attributes are of no use to anybody but CloudFormation.
    after = template(Release=released(), Prod=promotion("live", Triggers={"Ref": "Release"}))
    assert account.told(after)["Release"] == NOT_CALLED

    told = account.told(template())["Release"]

    assert told[::3] == ["alias prod of orders", "alias prod of payments"]


def test_a_delete_that_would_fail_is_foretold(account: Account) -> None:
    account.deploy(template(Release=released()))
    account.aws.fail("GetAlias", AccessDenied("FunctionName: no"), 2)

    [found] = account.forecasts(template())

    assert found.fails
    assert found.lines[0][1].startswith("FunctionName: no")


def test_resources_that_need_each_other_are_refused(account: Account) -> None:
    circle = template(One=promotion("one", DependsOn="Two"), Two=promotion("two", DependsOn="One"))

    with pytest.raises(Problem, match="need each other"):
        account.told(circle)


def test_versions_that_a_release_prunes_are_told_and_a_second_prunes_no_more(
    account: Account,
) -> None:
    def stages(release: str) -> dict[str, Any]:
        return template(
            Dev=promotion("dev", Triggers=release, RetainVersions=2),
            Live=promotion(
                "live", SourceQualifier="dev", Triggers=release, DependsOn="Dev", RetainVersions=2
            ),
        )

    account.deploy(stages("1"))
    versions = account.aws.functions["orders"].versions
    versions.update({number: Version(number) for number in "123458"})

    told = account.told(stages("2"))

    # The newest two are 8 and the new one; 7 is served, then a rollback may need it.
    assert told["Dev"][-1] == "prunes 1-6 (RetainVersions 2)"
    assert told["Live"][-1] == "prunes nothing (RetainVersions 2)"
    assert set(versions) == set("12345678")


def test_nothing_is_pruned_where_a_release_goes_back_or_only_settings_change(
    account: Account,
) -> None:
    account.deploy(template(Prod=promotion("prod")))

    told = account.told(template(Prod=promotion("prod", RetainVersions=2, Description="x")))

    assert told["Prod"][1] == "describes prod anew; pointer and weights stay"
    assert "prunes nothing (RetainVersions 2)" in told["Prod"]


def test_why_it_can_not_be_told_what_is_pruned_is_told(account: Account) -> None:
    account.deploy(template(Prod=promotion("prod", Triggers="1")))
    account.aws.functions["orders"].versions["8"] = Version("8")
    account.aws.fail("ListAliases", AccessDenied("no"), 1)

    told = account.told(template(Prod=promotion("prod", Triggers="2", RetainVersions=2)))

    assert told["Prod"][-1].startswith("prunes nothing (RetainVersions 2); not told to the end: no")


def test_a_setting_that_is_no_part_of_the_alias_writes_nothing(account: Account) -> None:
    account.deploy(template(Prod=promotion("prod")))

    told = account.told(template(Prod=promotion("prod", SmokeTest={"Payload": "{}"})))

    assert told["Prod"] == ["because the alias serves this release already", "writes nothing"]


def test_an_alias_that_a_person_has_deleted_is_made_again(account: Account) -> None:
    account.deploy(template(**STAGES))
    del account.aws.functions["orders"].aliases["dev"]

    told = account.told(template(**STAGES | {"Dev": promotion("dev", Triggers="2")}))

    assert "creates dev, on the new version" in told["Dev"]


def test_a_promotion_that_its_condition_kept_out_so_far_is_created(account: Account) -> None:
    written = template(Prod=promotion("prod", Condition="IsProd"))
    written["Parameters"] = {"Stage": {"Type": "String"}}
    written["Conditions"] = {"IsProd": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}]}}
    account.deploy(written, {"Stage": "test"})

    assert "creates prod, on the new version" in account.told(written)["Prod"]


def test_the_macro_s_fingerprint_that_only_sam_can_make_is_planned_as_if_it_changed(
    account: Account,
) -> None:
    account.deploy(template(Prod=promotion("prod", Triggers={"Fingerprint": "1:c0de"})))
    written: dict[str, Any] = {
        "Transform": ["AWS::Serverless-2016-10-31", "LambdaAliasPromotion"],
        "Resources": {
            "Function": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "src"}},
            "Prod": promotion("prod"),
        },
    }

    told = account.told(written)["Prod"]

    assert told[:3] == [
        "because a new release, if what is not known changes",
        PUBLISHES,
        "moves prod from version 7 to the new version",
    ]
    assert told[3].startswith("lineage ?@? 7@")
    assert told[4] == "not known before the deploy: Triggers (the macro's fingerprint)"

    written["Resources"] |= {
        "New": promotion("new"),
        "Next": promotion("next", SourceQualifier="dev"),
    }
    account.aws.point("orders", "dev", AliasState("7", ""))
    told_of_new = account.told(written)
    assert "lineage ?@?" in told_of_new["New"]
    assert f"lineage 7@{lineage.release_id({'SourceQualifier': 'dev'})}" in told_of_new["Next"]


def test_a_release_that_publishes_nothing_prunes_as_many_as_there_are(account: Account) -> None:
    account.deploy(template(Prod=promotion("prod", Triggers="1")))
    account.aws.functions["orders"].versions.update({n: Version(n) for n in "123589"})
    pinned = promotion("prod", SourceQualifier="6", RetainVersions=2)

    # 8 and 9 are the newest, 6 is served then, and 7 was before.
    assert account.told(template(Prod=pinned))["Prod"][-1] == "prunes 1-3, 5 (RetainVersions 2)"
