"""RabbitMQ by kombu: persistent messages, each taken only once the broker has confirmed it."""

from __future__ import annotations

from typing import Any

import kombu
from amqp.exceptions import AMQPError, MessageNacked
from kombu.exceptions import OperationalError

from pipeline.publishers.base import CONTENT_TYPE, Away, Failed, Outcome, Taken, body_of
from pipeline.publishers.config import AmqpSettings
from receipts.errors import TransientError
from receipts.message import Message

_CONNECT_S = 5.0
_CONFIRM_S = 10.0
_FAREWELL_S = 1.0
_PERSISTENT = 2
_kombu: Any = kombu
"""It has no types."""


class AmqpPublisher:
    """Publishes to one exchange or queue, over one connection that is made anew when it breaks."""

    parallel = 1

    def __init__(self, settings: AmqpSettings, *, password: str = "") -> None:
        self._settings = settings
        self._password = password
        self._connection: Any = None
        self._producer: Any = None
        self._returned: list[str] = []

    def send(self, message: Message) -> Outcome:
        """Publish it once and wait for the broker's confirmation."""
        self._returned.clear()
        try:
            self._ready().publish(
                body_of(message),
                exchange=self._settings.exchange,
                routing_key=self._routing_key(message),
                mandatory=True,
                delivery_mode=_PERSISTENT,
                content_type=CONTENT_TYPE,
                content_encoding="utf-8",
                message_id=message.id,
                type=message.type.value,
                timestamp=int(message.time.timestamp()),
                headers={"partitionkey": message.member_id, "sequence": message.sequence},
                confirm_timeout=_CONFIRM_S,
                retry=False,
            )
        except MessageNacked:
            return Failed("the broker could not take the message (basic.nack)")
        except (AMQPError, OperationalError, OSError) as error:
            self.close()
            return Away(f"the broker does not answer as it should: {error}")
        if self._returned:
            return Away(f"no queue takes the message ({self._returned[0]}): bind one to the exchange")
        return Taken()

    def check(self) -> str:
        """Connect, and look for the exchange or make the queue.

        Raises:
            TransientError: the broker or the exchange is not there.
        """
        try:
            self._ready()
        except (AMQPError, OperationalError, OSError) as error:
            raise TransientError(f"the broker does not answer as it should: {error}") from error
        finally:
            self.close()
        return f"the broker answers for {self._settings.exchange or self._settings.queue}"

    def close(self) -> None:
        """Give back the connection, without waiting for a word of farewell from a broker that stalls."""
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            connection.collect(socket_timeout=_FAREWELL_S)

    def _routing_key(self, message: Message) -> str:
        if not self._settings.exchange:
            return self._settings.queue
        return self._settings.routing_key or message.type.value

    def _ready(self) -> Any:  # noqa: ANN401  (kombu has no types)
        if self._producer is not None:
            return self._producer
        connection = _kombu.Connection(
            self._settings.url,
            password=self._password or None,
            connect_timeout=_CONNECT_S,
            transport_options={
                "confirm_publish": True,
                "max_retries": 0,
                # Without these a broker that stalls would keep us reading for ever.
                "read_timeout": _CONFIRM_S,
                "write_timeout": _CONFIRM_S,
            },
        )
        self._connection = connection
        connection.ensure_connection(max_retries=1, timeout=_CONNECT_S)
        channel = connection.default_channel
        if self._settings.exchange:
            _kombu.Exchange(self._settings.exchange, channel=channel, passive=True).declare()
        if self._settings.queue:
            self._declare_queue(channel)
        self._producer = _kombu.Producer(channel, on_return=self._note_returned, auto_declare=False)
        return self._producer

    def _declare_queue(self, channel: Any) -> None:  # noqa: ANN401
        # One consumer at a time, so that one member's messages are not worked on out of order.
        queue = _kombu.Queue(
            self._settings.queue,
            durable=True,
            queue_arguments={"x-single-active-consumer": True},
            channel=channel,
        )
        queue.queue_declare()
        if self._settings.exchange:
            queue.bind_to(self._settings.exchange, routing_key=self._settings.routing_key or "#")

    def _note_returned(self, exception: Exception, *_: object) -> None:
        self._returned.append(str(exception))
