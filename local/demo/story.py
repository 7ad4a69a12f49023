"""The chapters of the demo; everything that is shown is checked."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.demo import canary
from local.demo import orders as example
from local.demo.canary import Canary, CanarySource, Split
from local.demo.orders import Alias, Orders, OrdersSource
from local.demo.sam import Sam
from local.demo.screen import Screen
from local.engine import Engine

ROOT = Path(__file__).parents[2]
PROVIDER = "lambda-alias-promotion"


class Story:
    """The chapters, in order; each leaves the account as the next one finds it."""

    def __init__(self, engine: Engine, directory: Path, screen: Screen) -> None:
        self._engine = engine
        self._directory = directory
        self._screen = screen
        self._sam = Sam(engine.environment(), directory, ROOT)
        self._source = OrdersSource(ROOT / example.EXAMPLE, directory / "orders")
        self._canary = CanarySource(ROOT / canary.EXAMPLE, directory / "canary")

    def tell(self) -> None:
        """Tell all of it."""
        self._provider()
        self._first_release()
        orders = Orders(self._engine)
        self._second_release(orders)
        self._failed_release(orders)
        self._first_canary()
        self._canary_that_answers_wrongly(Canary(self._engine))
        self._canary_that_fails(Canary(self._engine))
        self._end(orders)

    def _provider(self) -> None:
        self._screen.chapter("The provider is built and deployed")
        build = self._directory / "provider"
        config = str(ROOT / "samconfig.toml")
        with self._screen.step("sam build"):
            self._sam.run("build", "--build-dir", str(build), "--config-file", config)
        with self._screen.step("sam deploy"):
            template = str(build / "template.yaml")
            self._sam.run("deploy", "--template-file", template, "--config-file", config)

    def _first_release(self) -> None:
        self._screen.chapter("Release 1: dev, beta and prod begin with version 1")
        self._deploy({"DevRelease": "1", "BetaRelease": "1", "ProdRelease": "1"})
        orders = Orders(self._engine)
        self._show(orders)
        self._serves(orders, dev="1", beta="1", prod="1")
        self._order(orders, 1, handled_by="1")

    def _second_release(self, orders: Orders) -> None:
        before = orders.notification()
        self._source.write_release(2)
        for stage, served in (
            ("Dev", {"dev": "2", "beta": "1", "prod": "1"}),
            ("Beta", {"dev": "2", "beta": "2", "prod": "1"}),
            ("Prod", {"dev": "2", "beta": "2", "prod": "2"}),
        ):
            self._screen.chapter(f"Release 2 reaches {stage.lower()}")
            self._deploy({f"{stage}Release": "2"})
            self._show(orders)
            self._serves(orders, **served)
        claim = "the bucket's notification is the same, byte for byte"
        self._screen.check(claim, orders.notification(), before)
        self._order(orders, 2, handled_by="2")

    def _failed_release(self, orders: Orders) -> None:
        self._screen.chapter("Release 3 fails after prod has moved, and CloudFormation rolls back")
        before = orders.aliases()
        self._source.write_release(3)
        self._source.add_bucket_that_fails()
        everything = {"DevRelease": "3", "BetaRelease": "3", "ProdRelease": "3"}
        self._deploy(everything, succeeds=False)
        self._events(orders)
        self._show(orders)
        claim = "versions and Descriptions are exactly as before"
        self._screen.check(claim, orders.aliases(), before)
        self._order(orders, 3, handled_by="2")

    def _first_canary(self) -> None:
        self._screen.chapter("Another stack guards prod: a smoke test, steps, and an alarm")
        self._canary.shift_in_steps()
        with self._screen.step("sam deploy --parameter-overrides Release=1"):
            self._run_deploy(canary.STACK, self._canary.template, {"Release": "1"})
        self._adds_up(Canary(self._engine), release="1")

    def _canary_that_answers_wrongly(self, stack: Canary) -> None:
        self._screen.chapter("Its release 2 adds up wrongly, and the smoke test catches it")
        self._canary.write_release(2)
        self._canary.add_up_wrongly()
        film = self._deploy_watched(stack, "2")
        self._screen.say(stack.reason())
        self._screen.check("prod never sent traffic to version 2", film, [Split("1", 0)])
        self._adds_up(stack, release="1")

    def _canary_that_fails(self, stack: Canary) -> None:
        self._screen.chapter("Its release 3 fails for some orders, and the alarm puts it back")
        self._canary.write_release(3)
        self._canary.fail_for_an_order_of_nothing()
        film = self._deploy_watched(stack, "3")
        self._screen.say(stack.reason())
        self._screen.check("all traffic went back to version 1", film[-1], Split("1", 0))
        self._screen.check("version 3 never got all of it", Split("3", 0) in film, expected=False)
        self._adds_up(stack, release="1")

    def _adds_up(self, stack: Canary, release: str) -> None:
        found = stack.order({"price": 5, "quantity": 2})
        claim = f"an order of 2 pieces at 5 costs 10, says prod, which serves release {release}"
        self._screen.check(claim, (found["total"], found["release"]), (10, release))

    def _deploy_watched(self, stack: Canary, release: str) -> list[Split]:
        """Deploy a release that fails, and draw how prod shares its traffic meanwhile."""
        film: list[Split] = []

        def show(split: Split) -> None:
            film.append(split)
            # The stack's n-th release is version n of its function.
            self._screen.bar("prod", split.version, release, split.percent)

        given = {"Release": release}
        with (
            self._screen.step(
                f"sam deploy --parameter-overrides Release={release}", succeeds=False
            ),
            ThreadPoolExecutor(1) as pool,
        ):
            deployment = pool.submit(
                self._run_deploy, canary.STACK, self._canary.template, given, succeeds=False
            )
            stack.watch(deployment.done, show)
            deployment.result()
        return film

    def _end(self, orders: Orders) -> None:
        self._screen.chapter("Everything is deleted")
        orders.empty_bucket()
        for stack in (canary.STACK, example.STACK, PROVIDER):
            with self._screen.step(f"sam delete {stack}"):
                self._sam.run("delete", "--stack-name", stack, "--no-prompts")
        left = self._engine.client("lambda").list_functions()["Functions"]
        self._screen.check("no function is left", left, [])
        told = [name for name, log in self._engine.logs.items() if "X-Amz-Signature" in log]
        self._screen.check("no log carries the secret of a ResponseURL", told, [])

    def _deploy(self, parameters: Mapping[str, str], *, succeeds: bool = True) -> None:
        given = " ".join(f"{name}={value}" for name, value in parameters.items())
        with self._screen.step(f"sam deploy --parameter-overrides {given}", succeeds=succeeds):
            self._run_deploy(example.STACK, self._source.template, parameters, succeeds=succeeds)

    def _run_deploy(
        self, stack: str, template: Path, parameters: Mapping[str, str], *, succeeds: bool = True
    ) -> None:
        options = ["--stack-name", stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM"]
        given = [f"{name}={value}" for name, value in parameters.items()]
        self._sam.run(
            "deploy", "--template-file", str(template), *options,
            "--parameter-overrides", *given, succeeds=succeeds,
        )  # fmt: skip

    def _show(self, orders: Orders) -> None:
        self._screen.table(
            ("alias", "version", "an invocation of the alias answers", "lineage"),
            [(each.name, each.version, each.answer, each.lineage) for each in orders.aliases()],
        )

    def _serves(self, orders: Orders, **releases: str) -> None:
        found = {each.name: _release(each) for each in orders.aliases()}
        told = ", ".join(f"{name} {release}" for name, release in releases.items())
        self._screen.check(f"the aliases serve releases: {told}", found, releases)

    def _order(self, orders: Orders, number: int, handled_by: str) -> None:
        receipt = orders.place_order(number)
        claim = f"a new object in the bucket is handled by release {handled_by}"
        self._screen.check(claim, receipt["release"], handled_by)

    def _events(self, orders: Orders) -> None:
        self._screen.table(
            ("stack event", "status", "reason"),
            [(each.name, each.status, each.reason) for each in orders.events()],
        )


def _release(alias: Alias) -> str:
    return alias.answer.split('"release": "')[1].split('"')[0]
