"""Commands of the documents, checked by what each program itself knows of its options."""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from tests.documents import aws

ROOT = Path(__file__).parents[2]

PLAIN = {
    "cd", "cp", "curl", "cut", "do", "done", "echo", "export", "for", "git", "mkdir", "pip",
    "printf", "sha256sum", "uuidgen", "zip",
}  # fmt: skip
"""Programs that every reader knows, and words of the shell."""

_SEPARATORS = {"|", "||", "&&", ";", "&", "(", ")"}
_INNER = re.compile(r"\$\(([^()]*)\)")


def commands(script: str) -> Iterator[list[str]]:
    """Give each command of a script, also those in `$(...)`, as words."""
    while found := _INNER.search(script):
        yield from commands(found[1])
        script = f"{script[: found.start()]}OUTPUT{script[found.end() :]}"
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in _SEPARATORS:
                yield from _command(words)
                words = []
            else:
                words.append(word)


def problem(command: list[str]) -> str:
    """Say what is wrong with a command, or nothing."""
    name, *arguments = command
    name = name.removeprefix(".venv/bin/")
    if name in PLAIN:
        return ""
    check = _CHECKS.get(name)
    if check is None:
        return f"{name}: nothing here knows this program"
    try:
        return check(arguments)
    except (ValueError, click.ClickException) as error:
        return f"{name}: {error}"
    except SystemExit:
        return f"{name}: {' '.join(arguments)}"


def _command(words: list[str]) -> Iterator[list[str]]:
    while words and (words[0] == "do" or re.fullmatch(r"[A-Za-z_]+=.*", words[0])):
        words = words[1:]
    if ">" in words:
        words = words[: words.index(">")]
    if words:
        yield words


def _sam(arguments: list[str]) -> str:
    """Let sam's own parser read the options; nothing is run."""
    command: click.Command = import_module("samcli.cli.main").cli
    # sam loads no command as long as there is no object of its own.
    context = click.Context(command, info_name="sam", obj=object())
    while isinstance(command, click.Group):
        name, found, arguments = command.resolve_command(context, arguments)
        if found is None:
            return f"sam has no command {name}"
        command, context = found, click.Context(found, info_name=name, parent=context)
    given, _, _ = command.make_parser(context).parse_args(list(arguments))
    return _unread(given.get("parameter_overrides") or ())


def _unread(overrides: Iterable[str]) -> str:
    """Name a parameter that sam passes over, as it does where nothing follows the `=`."""
    reader = import_module("samcli.cli.types").CfnParameterOverridesType()
    read = reader.convert(tuple(overrides), None, None)
    missing = set(re.findall(r"(\w+)=", " ".join(overrides))) - set(read)
    return " ".join(f"sam passes over {name}" for name in sorted(missing))


def _aws(arguments: list[str]) -> str:
    aws.parse(arguments)
    return ""


def _make(arguments: list[str]) -> str:
    targets = re.findall(r"^([a-zA-Z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = [each for each in arguments if "=" not in each]
    return " ".join(f"make has no target {each}" for each in named if each not in targets)


def _cfn_lint(arguments: list[str]) -> str:
    parser = import_module("cfnlint.config").CliArgs([]).create_parser()
    parser.parse_args(arguments)
    return ""


def _python(arguments: list[str]) -> str:
    """Check that there is such a module; `-m` is the only form."""
    option, module, *_ = [*arguments, "", ""]
    found = option == "-m" and find_spec(module)
    return "" if found else f"python: {' '.join(arguments)}"


_CHECKS: dict[str, Callable[[list[str]], str]] = {
    "aws": _aws,
    "cfn-lint": _cfn_lint,
    "make": _make,
    "python": _python,
    "sam": _sam,
}
