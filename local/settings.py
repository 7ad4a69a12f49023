"""What a user of the engine can set; every delay is in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How the engine behaves where AWS takes its time, or where AWS's documentation is silent.

    Attributes:
        region: the Region that the printed environment names.
        account: the one account that exists.
        creating: how long a new function stays Pending.
        updating: how long a changed function stays InProgress.
        publishing: how long a newly published version stays Pending.
        provisioning: how long provisioned concurrency takes from IN_PROGRESS to READY.
        minute: seconds that a minute of a DeploymentPreference takes; tests shorten it.
        retry_waits: the waits before the two retries of an asynchronous invocation
            (60 and 120 on AWS).
        aging: seconds by which an asynchronous event ages in each.
        linger: how long ExecuteChangeSet and DeleteStack wait for the operation to end before
            they answer, so that the slow waiters of `sam` find it done at once.
        failed_update_adopts_id: a FAILED Update that answers with another physical id makes
            CloudFormation delete that id (aws-semantics F3).
        function_reverted_first: in a rollback, a function is reverted before the custom
            resource that refers to it gets its Update (F4).
        last_answer_wins: the last of two answers to one ResponseURL counts, not the first (F5).
        publish_compares_all: PublishVersion returns any older version with the same content, not
            only the last one (F7).
        cancelled_create_keeps_id: the Delete that follows a cancelled Create carries the id of a
            late answer, not one that CloudFormation made up (F16).
    """

    region: str = "eu-west-1"
    account: str = "123456789012"
    creating: float = 0.0
    updating: float = 0.0
    publishing: float = 0.0
    provisioning: float = 0.0
    minute: float = 60.0
    retry_waits: tuple[float, float] = (0.3, 0.6)
    aging: float = 1.0
    linger: float = 3.0
    failed_update_adopts_id: bool = True
    function_reverted_first: bool = False
    last_answer_wins: bool = False
    publish_compares_all: bool = False
    cancelled_create_keeps_id: bool = False
