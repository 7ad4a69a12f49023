"""What the parts of a template amount to, as far as a macro can know it; pure.

A macro runs before there is a stack: parameters, mappings and most conditions are known, resources
and exports are not. What is not known stays as it is written, but in one form: `Fn::Sub` becomes
`Fn::Join`, every number and boolean a text. So the same meaning has the same form.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final

from macro.problem import NotUnderstood

NO_VALUE: Final = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


def canonical(value: Any) -> str:
    """Write a value so that equal values are equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_call(value: Any) -> tuple[str, Any] | None:
    """Read an intrinsic function: its name and its argument."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref" or name.startswith("Fn::"):
            return name, argument
    return None


def attribute_of(argument: Any) -> tuple[str, Any]:
    """Read the argument of Fn::GetAtt: `A.b.c`, `[A, b.c]` or `[A, b, c]`."""
    match argument.split(".") if isinstance(argument, str) else argument:
        case [str(logical_id), name]:
            return logical_id, name
        case [str(logical_id), *names] if names and all(isinstance(name, str) for name in names):
            return logical_id, ".".join(names)
    raise _malformed("Fn::GetAtt", argument)


def parts_of(value: Any) -> list[Any]:
    """Give the texts and references that a text is made of."""
    match as_call(value):
        case "Fn::Join", ["", list(parts)]:
            return parts
    return [value]


def alternatives(value: Any) -> list[Any]:
    """Give all that a value may turn out to be: more than one where a condition is not known."""
    match as_call(value):
        case "Fn::If", [_, one, other]:
            return [*alternatives(one), *alternatives(other)]
    return [value]


def joined(parts: Collection[Any]) -> Any:
    """Make one text of texts and references; the least form that says the same."""
    merged: list[Any] = []
    for part in [inner for outer in parts for inner in parts_of(outer)]:
        if merged and isinstance(merged[-1], str) and isinstance(part, str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    if len(merged) > 1:
        return {"Fn::Join": ["", merged]}
    return merged[0] if merged else ""


class Values:
    """Resolves the intrinsic functions of one template.

    Args:
        fragment: the template, for its Mappings, Conditions and the names of its Resources.
        known: the values of parameters and pseudo parameters: a text or a list of texts.

    Raises:
        NotUnderstood: from every method.
    """

    def __init__(self, fragment: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        self._mappings: Mapping[str, Any] = fragment.get("Mappings", {})
        self._conditions: Mapping[str, Any] = fragment.get("Conditions", {})
        # A parameter without a value is one that CloudFormation did not tell.
        self._names = fragment["Resources"].keys() | fragment.get("Parameters", {}).keys()
        self._known = known
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Select": self._select,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
        }

    def resolve(self, value: Any) -> Any:
        """Give a value's least form; keys and items that are `AWS::NoValue` are left out."""
        if call := as_call(value):
            name, argument = call
            return self._functions.get(name, partial(self._kept, name))(argument)
        if isinstance(value, dict):
            items = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in items.items() if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if value is None:
            raise NotUnderstood("it contains null, which CloudFormation does not allow")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def holds(self, name: str) -> bool | None:
        """Evaluate a condition; None if only CloudFormation can."""
        result = self._condition(name)
        return result if isinstance(result, bool) else None

    def _condition(self, name: Any) -> Any:
        if name not in self._conditions:
            raise NotUnderstood(f"there is no condition {name}")
        return self._test(self._conditions[name])

    def _test(self, expression: Any) -> Any:
        """Give True, False, or what is left of an expression whose outcome is not known."""
        match expression:
            case {"Condition": name}:
                return self._condition(name)
            case {"Fn::Equals": [one, other]}:
                return self._equal(self.resolve(one), self.resolve(other))
            case {"Fn::Not": [inner]}:
                result = self._test(inner)
                return not result if isinstance(result, bool) else {"Fn::Not": [result]}
            case {"Fn::And": list(inner)}:
                return _combined("Fn::And", [self._test(one) for one in inner])
            case {"Fn::Or": list(inner)}:
                return _combined("Fn::Or", [self._test(one) for one in inner])
        raise _malformed("a condition", expression)

    @staticmethod
    def _equal(one: Any, other: Any) -> Any:
        if one == other:
            return True
        return False if _is_known(one) and _is_known(other) else {"Fn::Equals": [one, other]}

    def _ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            raise _malformed("Ref", name)
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._known:
            return self._known[name]
        self._check_name("Ref", name)
        return {"Ref": name}

    def _get_att(self, argument: Any) -> Any:
        logical_id, name = attribute_of(argument)
        self._check_name("Fn::GetAtt", logical_id)
        return {"Fn::GetAtt": [logical_id, self.resolve(name)]}

    def _check_name(self, function: str, name: str) -> None:
        if name not in self._names and not name.startswith("AWS::"):
            raise NotUnderstood(f"{function}: there is no parameter or resource {name}")

    def _sub(self, argument: Any) -> Any:
        match argument:
            case str(text) | [str(text)]:
                given: Mapping[str, Any] = {}
            case [str(text), dict(given)]:
                pass
            case _:
                raise _malformed("Fn::Sub", argument)
        parts: list[Any] = []
        end = 0
        for found in _PLACEHOLDER.finditer(text):
            parts += [text[end : found.start()], self._placeholder(found, given)]
            end = found.end()
        return joined([*parts, text[end:]])

    def _placeholder(self, found: re.Match[str], given: Mapping[str, Any]) -> Any:
        literal, name = found[1], found[2].strip()
        if literal:
            return "${" + name + "}"
        if name in given:
            return self.resolve(given[name])
        return self._get_att(name) if "." in name else self._ref(name)

    def _join(self, argument: Any) -> Any:
        match self.resolve(argument):
            case [str(delimiter), list(items)]:
                return joined([part for item in items for part in (delimiter, item)][1:])
            case [_, _] as kept:
                return {"Fn::Join": kept}
        raise _malformed("Fn::Join", argument)

    def _split(self, argument: Any) -> Any:
        match self.resolve(argument):
            case [str(delimiter), str(text)] if delimiter:
                return text.split(delimiter)
            case [str(delimiter), _] as kept if delimiter:
                return {"Fn::Split": kept}
        raise _malformed("Fn::Split", argument)

    def _select(self, argument: Any) -> Any:
        match self.resolve(argument):
            case [str(index), list(items)] if index.isdigit():
                if int(index) < len(items):
                    return items[int(index)]
            case [_, _] as kept if not _is_known(kept):
                return {"Fn::Select": kept}
        raise _malformed("Fn::Select", argument)

    def _if(self, argument: Any) -> Any:
        match argument:
            case [str(name), when_true, when_false]:
                result = self._condition(name)
            case _:
                raise _malformed("Fn::If", argument)
        if isinstance(result, bool):
            return self.resolve(when_true if result else when_false)
        kept = [self.resolve(one) for one in (when_true, when_false)]
        nothing = {"Ref": "AWS::NoValue"}
        return {"Fn::If": [result, *(nothing if one is NO_VALUE else one for one in kept)]}

    def _find_in_map(self, argument: Any) -> Any:
        match argument:
            case [name, top, second]:
                default: Any = NO_VALUE
            case [name, top, second, {"DefaultValue": default}]:
                pass
            case _:
                raise _malformed("Fn::FindInMap", argument)
        keys = self.resolve([name, top, second])
        if not all(isinstance(key, str) for key in keys):
            # Which entry is not known: a change of any counts.
            named = isinstance(keys[0], str) and keys[0] in self._mappings
            content = self._mappings[keys[0]] if named else self._mappings
            return {"Fn::FindInMap": keys, "Of": self.resolve(content)}
        try:
            return self.resolve(self._mappings[keys[0]][keys[1]][keys[2]])
        except (KeyError, TypeError, IndexError):
            if default is NO_VALUE:
                raise _malformed("Fn::FindInMap", argument) from None
        return self.resolve(default)

    def _kept(self, name: str, argument: Any) -> Any:
        return {name: self.resolve(argument)}


def _combined(name: str, results: list[Any]) -> Any:
    decisive = name == "Fn::Or"
    if decisive in results:
        return decisive
    left = [result for result in results if not isinstance(result, bool)]
    if len(left) == 1:
        return left[0]
    return {name: left} if left else not decisive


def _is_known(value: Any) -> bool:
    if as_call(value) or (isinstance(value, dict) and "Fn::FindInMap" in value):
        return False
    return all(map(_is_known, value)) if isinstance(value, list) else True


def _malformed(function: str, argument: Any) -> NotUnderstood:
    """Show an argument as it is written, never what it amounts to."""
    shown = canonical(argument)
    return NotUnderstood(f"{function}: can't be evaluated: {shown[:200]}")
