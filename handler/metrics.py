"""What an operator counts: promotions, rollbacks, failures and how long each request took.

CloudWatch reads them from the log, in its embedded metric format: no call, no permission.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from handler.arn import AliasId

NAMESPACE = "LambdaAliasPromotion"

PROMOTIONS, ROLLBACKS, FAILURES = "Promotions", "Rollbacks", "Failures"
DURATION = "Duration"


@contextmanager
def measured(aliases: Sequence[AliasId]) -> Iterator[dict[AliasId, Counter[str]]]:
    """Write the metrics of one request: what the body counted, a failure, and the duration.

    Args:
        aliases: function and name of each are the dimensions; none writes nothing.
    """
    counts: dict[AliasId, Counter[str]] = {each: Counter() for each in aliases}
    began = time.monotonic()
    try:
        yield counts
    except BaseException:
        for each in aliases:
            counts[each][FAILURES] += 1
        raise
    finally:
        seconds = time.monotonic() - began
        for alias, counted in counts.items():
            _write(alias, counted, seconds)


def _write(alias: AliasId, counts: Counter[str], seconds: float) -> None:
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimension("function", alias.function_name)
    metrics.add_dimension("alias", alias.alias_name)
    metrics.add_metric(DURATION, MetricUnit.Milliseconds, round(seconds * 1000))
    for name in (PROMOTIONS, ROLLBACKS, FAILURES):
        metrics.add_metric(name, MetricUnit.Count, counts[name])
    metrics.flush_metrics()
