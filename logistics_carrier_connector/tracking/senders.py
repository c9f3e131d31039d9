"""Every sender: how its messages are read, how it signs, and what to enter on its side.

The ways of signing are the senders' own, published ones; ``scheme`` is a key of the verifiers of the orchestration
addon.
"""

from dataclasses import dataclass

from . import aftership, dcsa, easypost, epcis, iftsta, karrio_server, sendcloud, shippo, x12_214


@dataclass(frozen=True)
class Sender:
    """A sender of tracking messages.

    :ivar str source: the list of codes it speaks (``maps``)
    :ivar str scheme: how it signs: a key of the verifiers; header, encoding and prefix fit it to the sender
    :ivar str help: what to do on its side
    :ivar read: function from a parsed body and the headers to statements; None where the message is EDI
    """

    code: str
    name: str
    source: str
    scheme: str
    header: str = ""
    encoding: str = "hex"
    prefix: str = ""
    help: str = ""
    read: object = None


SENDERS = {
    sender.code: sender
    for sender in (
        Sender(
            "easypost", "EasyPost trackers", easypost.CODE, "easypost", read=easypost.read,
            help="EasyPost: Account settings > Webhooks: add this address with a webhook secret, and enter the same "
            "secret here.",
        ),
        Sender(
            "shippo", "Shippo tracking", shippo.CODE, "shippo", read=shippo.read,
            help="Shippo: Settings > API > Webhooks: add this address for track_updated. Signing is off there at "
            "first: ask Shippo for HMAC signatures, and enter the secret here.",
        ),
        Sender(
            "aftership", "AfterShip tracking", aftership.CODE, "aftership", read=aftership.read,
            help="AfterShip: Tracking > Notifications > Webhooks: add this address for tracking updates; the webhook "
            "secret shown there is entered here.",
        ),
        Sender(
            "sendcloud", "Sendcloud parcel status", sendcloud.CODE, "hmac_sha256", "sendcloud-signature",
            read=sendcloud.read,
            help="Sendcloud: Settings > Integrations > your API integration: enter this address as webhook; its secret "
            "key is entered here.",
        ),
        Sender(
            "karrio", "Karrio server", karrio_server.CODE, "token", "x-event-id", read=karrio_server.read,
            help="Karrio server: Developers > Webhooks: add this address for tracker_created and tracker_updated. It "
            "signs nothing: it sends its webhook secret, which is entered here. It tries once: let a poll catch up.",
        ),
        Sender(
            "dcsa", "DCSA track & trace (container lines)", dcsa.CODE, "hmac_sha256", "notification-signature",
            prefix="sha256=", read=dcsa.read,
            help="The line's DCSA event subscription: give this address as callback URL and the secret you enter here.",
        ),
        Sender(
            "epcis", "EPCIS 2.0 events", epcis.CODE, "token", "authorization", prefix="Bearer ", read=epcis.read,
            help="EPCIS capture or query subscription: give this address and the token you enter here.",
        ),
        Sender(
            "x12_214", "X12 214 shipment status", x12_214.CODE, "token",
            help="Your VAN or AS2 gateway: let it post each interchange to this address, with the token entered here.",
        ),
        Sender(
            "edifact_iftsta", "EDIFACT IFTSTA status", iftsta.CODE, "token",
            help="Your VAN or AS2 gateway: let it post each interchange to this address, with the token entered here.",
        ),
    )
}  # fmt: skip
JSON_SENDERS = {code: sender for code, sender in SENDERS.items() if sender.read}
