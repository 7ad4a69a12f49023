"""Runs functions as AWS does: real processes under AWS's runtime client, retries, destinations."""

from local.execution.invocations import Invocations
from local.execution.pool import Pool

__all__ = ["Invocations", "Pool"]
