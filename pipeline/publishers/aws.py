"""FIFO queues of SQS and FIFO topics of SNS: a group for each member, the message's id against twins."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.publishers.base import Away, Failed, Outcome, Refused, Taken, body_of
from pipeline.publishers.config import SnsSettings, SqsSettings
from receipts.errors import TransientError
from receipts.message import Message

_CONNECT_TIMEOUT_S = 5
_READ_TIMEOUT_S = 12
_WRONG_MESSAGE = frozenset(
    {
        "InvalidMessageContents",
        "InvalidParameterValue",
        "InvalidParameter",
        "ParameterValueInvalid",
        "AWS.SimpleQueueService.BatchRequestTooLong",
    }
)
"""What can be wrong with a message and with nothing else: characters that are not allowed, its size."""
_SERVER_ERROR = 500


def _client(service: str, *, region: str, endpoint_url: str) -> Any:  # noqa: ANN401  (boto3 makes its clients at run time)
    # One try: the follower knows better when to try again, and what may be sent meanwhile.
    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
    session: Any = boto3.Session()
    return session.client(
        service, region_name=region or None, endpoint_url=endpoint_url or None, config=config
    )


def _outcome_of(error: ClientError) -> Outcome:
    told = error.response.get("Error", {})
    code = str(told.get("Code", ""))
    reason = f"{code}: {told.get('Message', '')}"
    if code in _WRONG_MESSAGE:
        return Refused(reason)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= _SERVER_ERROR and "Unavailable" not in code:
        return Failed(reason)
    # Throttling, rights, keys that ran out, a queue that is gone: all of the queue and none of the message.
    return Away(reason)


class SqsPublisher:
    """Sends to one FIFO queue."""

    def __init__(self, settings: SqsSettings) -> None:
        self.parallel = settings.parallel
        self._url = settings.queue_url
        self._client = _client("sqs", region=settings.region, endpoint_url=settings.endpoint_url)

    def send(self, message: Message) -> Outcome:
        """Send it once. The queue itself drops a twin that comes within five minutes."""
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body_of(message).decode(),
                MessageGroupId=message.member_id,
                MessageDeduplicationId=message.id,
                MessageAttributes=_attributes(message),
            )
        except ClientError as error:
            return _outcome_of(error)
        except BotoCoreError as error:
            return Away(str(error))
        return Taken()

    def check(self) -> str:
        """Ask for the queue.

        Raises:
            TransientError: it is not there, or may not be used.
        """
        try:
            told = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["FifoQueue"])
        except (ClientError, BotoCoreError) as error:
            raise TransientError(str(error)) from error
        if told.get("Attributes", {}).get("FifoQueue") != "true":
            raise TransientError(
                f"{self._url} is no FIFO queue: one member's messages would lose their order"
            )
        return f"{self._url} is a FIFO queue"

    def close(self) -> None:
        """Give back connections."""
        self._client.close()


class SnsPublisher:
    """Sends to one FIFO topic."""

    def __init__(self, settings: SnsSettings) -> None:
        self.parallel = settings.parallel
        self._arn = settings.topic_arn
        self._client = _client("sns", region=settings.region, endpoint_url=settings.endpoint_url)

    def send(self, message: Message) -> Outcome:
        """Send it once. The topic itself drops a twin that comes within five minutes."""
        try:
            self._client.publish(
                TopicArn=self._arn,
                Message=body_of(message).decode(),
                MessageGroupId=message.member_id,
                MessageDeduplicationId=message.id,
                MessageAttributes=_attributes(message),
            )
        except ClientError as error:
            return _outcome_of(error)
        except BotoCoreError as error:
            return Away(str(error))
        return Taken()

    def check(self) -> str:
        """Ask for the topic.

        Raises:
            TransientError: it is not there, or may not be used.
        """
        try:
            told = self._client.get_topic_attributes(TopicArn=self._arn)
        except (ClientError, BotoCoreError) as error:
            raise TransientError(str(error)) from error
        if told.get("Attributes", {}).get("FifoTopic") != "true":
            raise TransientError(
                f"{self._arn} is no FIFO topic: one member's messages would lose their order"
            )
        return f"{self._arn} is a FIFO topic"

    def close(self) -> None:
        """Give back connections."""
        self._client.close()


def _attributes(message: Message) -> dict[str, dict[str, str]]:
    """What subscriptions may filter by."""
    return {"type": {"DataType": "String", "StringValue": message.type.value}}
