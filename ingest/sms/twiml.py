"""What is answered to a webhook: TwiML, by the provider's own library."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse

TWIML_TYPE = "application/xml"


def twiml(text: str = "") -> str:
    """One message to the sender, or with no words an answer that sends nothing."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)
