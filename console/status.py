"""`status`: where the aliases of some functions stand."""

import argparse
import json

from botocore.exceptions import ClientError

from console.functions import Function, Storage, read_function, read_storage
from console.numbers import ranges, size
from console.owners import Owners, find_owners
from console.problem import in_words
from console.screen import Screen
from console.session import Session
from console.standing import Overview, Standing, as_json, overview

COLUMNS = ("alias", "version", "published", "release", "managed by", "served before")


def status(arguments: argparse.Namespace, session: Session, screen: Screen) -> int:
    """Print the functions that can be read; 1 if one could not."""
    functions, failed = list[Function](), 0
    for name in arguments.functions:
        try:
            functions.append(read_function(session.functions, name))
        except ClientError as error:
            screen.problem(f"{name}: {in_words(error)}")
            failed = 1
    if not functions:
        return failed
    owners = Owners({}) if arguments.no_stacks else find_owners(session.stacks, _ids(functions))
    overviews = [overview(each, owners) for each in functions]
    storage = read_storage(session.functions)
    if arguments.json:
        screen.say(json.dumps(as_json(overviews, storage), indent=2))
        return failed
    for each in overviews:
        _show(each, screen)
    _show_account(storage, owners, screen)
    return failed


def _ids(functions: list[Function]) -> set[str]:
    marks = [state.lineage for each in functions for state in each.aliases.values()]
    return {mark.owner for mark in marks if mark}


def _show(one: Overview, screen: Screen) -> None:
    screen.title(one.name)
    if one.aliases:
        screen.table(COLUMNS, [_row(each) for each in one.aliases])
    else:
        screen.say("It has no alias.")
    if one.unserved:
        numbers = ranges([each.number for each in one.unserved])
        screen.say(f"Nothing serves: {numbers}.{_kept(one)}")
    many = f"{one.versions} version{'' if one.versions == 1 else 's'}"
    screen.say(f"Code of {many} and $LATEST: {size(one.code_size)}.\n")


def _kept(one: Overview) -> str:
    if not one.remembered:
        return ""
    return f" A lineage names, and a rollback may need: {ranges(sorted(one.remembered, key=int))}."


def _show_account(storage: Storage, owners: Owners, screen: Screen) -> None:
    percent = 100 * storage.used / storage.limit
    screen.say(
        f"Code in this account and Region: {size(storage.used)} of {size(storage.limit)}, "
        f"{percent:.1f} %."
    )
    if owners.unasked:
        screen.say(f"Owners were looked for in the latest stacks only: not in {owners.unasked}.")


def _row(one: Standing) -> tuple[str, ...]:
    return (
        one.name,
        _version(one),
        one.published.last_modified[:16].replace("T", " "),
        _release(one),
        _owner(one),
        " ".join(map(str, one.before)) or "nothing",
    )


def _version(one: Standing) -> str:
    if not one.state.weighted:
        return f"{one.state.version}, by hand" if one.by_hand else one.state.version
    return ", ".join(f"{number} ({share} %)" for number, share in one.shares.items())


def _release(one: Standing) -> str:
    return f"{one.release}, unsettled: {one.shift}" if one.shift else one.release


def _owner(one: Standing) -> str:
    if one.owner:
        return str(one.owner)
    return f"owner={one.owner_id}" if one.owner_id else "nobody"
