"""What an operator counts: promotions, rollbacks, failures and how long each request took.

CloudWatch reads them from the log, in its embedded metric format: no call, no permission.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from handler.arn import AliasId

NAMESPACE = "LambdaAliasPromotion"

PROMOTIONS, ROLLBACKS, FAILURES = "Promotions", "Rollbacks", "Failures"
DURATION = "Duration"


@contextmanager
def measured(alias: AliasId | None) -> Iterator[Counter[str]]:
    """Write the metrics of one request: what the body counted, a failure, and the duration.

    Args:
        alias: its function and name are the dimensions; None writes nothing.
    """
    counts: Counter[str] = Counter()
    began = time.monotonic()
    try:
        yield counts
    except BaseException:
        counts[FAILURES] += 1
        raise
    finally:
        if alias:
            _write(alias, counts, time.monotonic() - began)


def _write(alias: AliasId, counts: Counter[str], seconds: float) -> None:
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimension("function", alias.function_name)
    metrics.add_dimension("alias", alias.alias_name)
    metrics.add_metric(DURATION, MetricUnit.Milliseconds, round(seconds * 1000))
    for name in (PROMOTIONS, ROLLBACKS, FAILURES):
        metrics.add_metric(name, MetricUnit.Count, counts[name])
    metrics.flush_metrics()
