"""The macro: CloudFormation's event in, the template with what it lacked out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

import copy
import json
import sys
from collections.abc import Mapping
from typing import Any

from macro.fingerprint import Fingerprints
from macro.order import missing
from macro.problem import NotUnderstood
from macro.promotions import Promotions
from macro.template import Template

Fragment = dict[str, Any]


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Answer CloudFormation; a failure says why, and in which resource."""
    answer = {"requestId": event["requestId"], "fragment": event["fragment"]}
    try:
        fragment = woken(event)
    except NotUnderstood as problem:
        text = str(problem)
    except Exception as error:  # noqa: BLE001 - an answer that is an error says nothing to anybody
        # Only its kind: what it says may be the value of a parameter.
        text = f"a defect of the macro, please report it: {type(error).__name__}"
    else:
        _tell("INFO", event, "done")
        return answer | {"status": "success", "fragment": fragment}
    _tell("ERROR", event, text)
    return answer | {"status": "failure", "errorMessage": text}


def woken(event: Mapping[str, Any]) -> Fragment:
    """Give the template with a fingerprint in each promotion that needs one, and in order.

    Raises:
        NotUnderstood: the template can't be understood.
    """
    template = Template.read(event)
    promotions = Promotions(template)
    lacking = missing(template, promotions)
    fingerprints = Fingerprints(template, promotions)
    fragment: Fragment = copy.deepcopy(event["fragment"])
    for promotion in promotions:
        resource = fragment["Resources"][promotion.logical_id]
        if found := fingerprints.of(promotion):
            given = resource["Properties"]
            own = {"Given": given["Triggers"]} if "Triggers" in given else {}
            given["Triggers"] = {**own, "Fingerprint": found}
        if names := lacking.get(promotion.logical_id):
            resource["DependsOn"] = [*template.depends_on(promotion.logical_id), *names]
    return fragment


def _tell(level: str, event: Mapping[str, Any], message: str) -> None:
    facts = {"level": level, "message": message, "request_id": event["requestId"]}
    sys.stdout.write(json.dumps(facts) + "\n")
