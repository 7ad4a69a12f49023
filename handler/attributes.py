"""What GetAtt gives: every key in every answer, all texts (aws-semantics A2)."""

from collections.abc import Sequence

from handler.aws import Aws
from handler.errors import PromotionError
from handler.log import Log
from handler.move import Move

_VERSIONS_LIMIT = 2500
"""Characters of `Versions`: the whole answer must stay under 4096 bytes."""


def attributes_of_promotion(move: Move, aws: Aws, log: Log) -> dict[str, str]:
    """Give the attributes of Custom::LambdaAliasPromotion."""
    alias, state = move.alias, move.state
    number = state.version if state else ""
    return {
        "AliasArn": alias.arn,
        "FunctionArn": alias.function_arn,
        "FunctionName": alias.function_name,
        "Version": number,
        "VersionArn": f"{alias.function_arn}:{number}" if number else "",
        "PreviousVersion": state.previous_version if state else "",
        "CodeSha256": _code_sha256(move, number, aws, log),
        "InvocationUri": alias.invocation_uri,
    }


def attributes_of_release(moves: Sequence[Move]) -> dict[str, str]:
    """Give the attributes of Custom::LambdaRelease.

    `Versions` has `name=version` pairs in the order of `Functions`; the versions alone, in the same
    order, where the pairs do not fit.
    """
    served = [
        (move.alias.function_name, move.state.version if move.state else "") for move in moves
    ]
    pairs = ",".join(f"{name}={number}" for name, number in served)
    if len(pairs) > _VERSIONS_LIMIT:
        pairs = ",".join(number for _, number in served)
    return {"AliasName": moves[0].alias.alias_name, "Versions": pairs}


def _code_sha256(move: Move, number: str, aws: Aws, log: Log) -> str:
    code = move.version.code_sha256 if move.version else ""
    if code or not number:
        return code
    try:
        return aws.get_version(move.alias.function_name, number).code_sha256
    except PromotionError as error:
        if not (move.goes_back or move.plan.shift or move.plan.watch):
            raise
        # A rollback must not fail on an attribute, nor a release that is settled.
        log("left over", {"what": "CodeSha256", "because": str(error)})
        return ""
