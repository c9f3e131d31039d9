"""Answers of three carriers in the shape their interfaces publish, cut to what matters; the numbers are made up."""

import base64
import io
import json

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture():
    """A label as a PNG, as one carrier sends it."""
    out = io.BytesIO()
    Image.new("1", (40, 60), 1).save(out, format="PNG")
    return base64.b64encode(out.getvalue()).decode()


def zpl(number):
    return base64.b64encode(f"^XA^FD{number}^FS^XZ".encode()).decode()


# -- UPS ------------------------------------------------------------------------------------------------------------


def ups_token():
    return {
        "token_type": "Bearer",
        "issued_at": "4102444800000",
        "client_id": "c",
        "access_token": "ups-access-token-123456",
        "expires_in": "14399",
        "status": "approved",
    }


def ups_rates():
    def one(code, amount, days):
        money = {"CurrencyCode": "USD", "MonetaryValue": amount}
        return {
            "Service": {"Code": code, "Description": ""},
            "BillingWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "5.5"},
            "TransportationCharges": money,
            "BaseServiceCharge": money,
            "ItemizedCharges": [{"Code": "375", "CurrencyCode": "USD", "MonetaryValue": "1.50"}],
            "ServiceOptionsCharges": {"CurrencyCode": "USD", "MonetaryValue": "0.00"},
            "TotalCharges": money,
            "TimeInTransit": {
                "ServiceSummary": {"EstimatedArrival": {"BusinessDaysInTransit": days, "Arrival": {"Date": "20261130"}}}
            },
        }

    return {
        "RateResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "RatedShipment": [one("01", "61.20", "1"), one("03", "12.35", "4")],
        }
    }


def ups_shipment(count, label_format, start):
    packages = []
    for number in range(start, start + count):
        tracking = f"1ZTEST{number:012d}"
        image = zpl(tracking) if label_format == "ZPL" else picture()
        kind = "ZPL" if label_format == "ZPL" else "PNG"
        packages.append(
            {
                "TrackingNumber": tracking,
                "ShippingLabel": {"ImageFormat": {"Code": kind, "Description": kind}, "GraphicImage": image},
            }
        )
    return {
        "ShipmentResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "ShipmentResults": {
                "ShipmentCharges": {
                    "TransportationCharges": {"CurrencyCode": "USD", "MonetaryValue": "12.35"},
                    "TotalCharges": {"CurrencyCode": "USD", "MonetaryValue": "12.35"},
                },
                "BillingWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "5.5"},
                "ShipmentIdentificationNumber": packages[0]["TrackingNumber"],
                "PackageResults": packages,
            },
        }
    }


def ups_tracking(number):
    def one(day, time, code, kind, words):
        place = {"address": {"city": "Wayne", "stateProvince": "NJ", "countryCode": "US", "country": "US"}}
        status = {"type": kind, "description": words, "code": code, "statusCode": "005"}
        return {"date": day, "time": time, "gmtDate": day, "location": place, "status": status}

    activity = [
        one("20260210", "101530", "FS", "D", "DELIVERED"),
        one("20260209", "071356", "OR", "I", "Origin Scan"),
    ]
    package = {"trackingNumber": number, "activity": activity, "deliveryDate": [{"type": "DEL", "date": "20260210"}]}
    package |= {"deliveryInformation": {"receivedBy": "DORA"}, "service": {"description": "UPS Ground"}}
    package |= {"weight": {"unitOfMeasurement": "LBS", "weight": "5.5"}}
    return {"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}}


def ups_error(code, words):
    return {"response": {"errors": [{"code": code, "message": words}]}}


def ups_void():
    done = {"Code": "1", "Description": "Success"}
    return {"VoidShipmentResponse": {"Response": {"ResponseStatus": done}, "SummaryResult": {"Status": done}}}


def ups_pickup():
    return {
        "PickupCreationResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "PRN": "2929602E9CP",
            "RateStatus": {"Code": "01", "Description": "Rate available"},
        }
    }


def ups_pickup_cancelled():
    return {
        "PickupCancelResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "PickupType": "01",
        }
    }


# -- Canada Post ----------------------------------------------------------------------------------------------------


def canadapost_rates():
    def one(code, name, due, days):
        return (
            f"<price-quote><service-code>{code}</service-code><service-name>{name}</service-name><price-details>"
            f"<base>{due}</base><taxes><gst>0.00</gst><pst>0</pst><hst>0</hst></taxes><due>{due}</due>"
            "<options/><adjustments/></price-details><weight-details/><service-standard>"
            f"<expected-transit-time>{days}</expected-transit-time>"
            "<expected-delivery-date>2026-12-01</expected-delivery-date></service-standard></price-quote>"
        )

    quotes = one("DOM.PC", "Priority", "25.20", 1) + one("DOM.EP", "Expedited Parcel", "10.21", 2)
    return f'<price-quotes xmlns="http://www.canadapost.ca/ws/ship/rate-v4">{quotes}</price-quotes>'


def canadapost_shipment(number):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><shipment-info xmlns="http://www.canadapost.ca/ws/shipment-v8">'
        f"<shipment-id>54502158483595{number:04d}</shipment-id><shipment-status>created</shipment-status>"
        f"<tracking-pin>12345678{number:04d}</tracking-pin>"
        "<shipment-price><service-code>DOM.EP</service-code><base-amount>10.21</base-amount>"
        "<pre-tax-amount>10.21</pre-tax-amount><gst-amount>0.00</gst-amount><pst-amount>0.00</pst-amount>"
        "<hst-amount>0.00</hst-amount><due-amount>10.21</due-amount></shipment-price>"
        f'<links><link rel="label" href="https://ct.soa-gw.canadapost.ca/rs/artifact/{number}/0" '
        'media-type="application/pdf" index="0"/></links>'
        "</shipment-info>"
    )


def canadapost_messages(code, words):
    return (
        '<messages xmlns="http://www.canadapost.ca/ws/messages"><message>'
        f"<code>{code}</code><description>{words}</description></message></messages>"
    )


def canadapost_tracking(pin):
    def one(code, day, words):
        return (
            f"<occurrence><event-identifier>{code}</event-identifier><event-date>{day}</event-date>"
            "<event-time>11:59:59</event-time><event-time-zone>EST</event-time-zone>"
            f"<event-description>{words}</event-description><event-site>OTTAWA</event-site>"
            "<event-province>ON</event-province></occurrence>"
        )

    events = one("1496", "2026-02-04", "Item successfully delivered") + one("20", "2026-02-03", "Signature image")
    return f"<tracking-detail><pin>{pin}</pin><significant-events>{events}</significant-events></tracking-detail>"


# -- DHL Parcel DE --------------------------------------------------------------------------------------------------


def dhl_token():
    return {"access_token": "dhl-access-token-123456", "token_type": "Bearer", "expires_in": 1799}


def dhl_order(count, label_format, start):
    def one(number):
        label = {"fileFormat": label_format, "printFormat": "910-300-700"}
        if label_format == "PDF":
            label["b64"] = base64.b64encode(PDF).decode()
        else:
            label["zpl2"] = zpl(number)
        status = {"title": "OK", "statusCode": 200, "detail": "The Webservice call ran successfully."}
        return {"shipmentNo": f"0034043400{number:010d}", "sstatus": status, "label": label}

    items = [one(number) for number in range(start, start + count)]
    return {"status": {"title": "OK", "statusCode": 200, "detail": "ok"}, "items": items}


def dhl_validation():
    message = {
        "property": "consignee.postalCode",
        "validationMessage": "The postal code is not known.",
        "validationState": "Error",
    }
    return {
        "status": {"title": "Bad Request", "statusCode": 400, "detail": "Validation failed."},
        "items": [{"sstatus": {"title": "Bad Request", "statusCode": 400}, "validationMessages": [message]}],
    }


def dhl_tracking(number):
    def one(moment, code, words):
        return (
            f'<data name="piece-event" event-timestamp="{moment}" event-status="{words}" event-text="{words}" '
            f'event-short-status="{words}" ice="{code}" ric="OTHER" event-location="Bonn" event-country="Germany" '
            'standard-event-code="ZU"/>'
        )

    events = one("17.03.2026 09:10", "SHRCU", "Posted") + one("18.03.2026 10:02", "DLVRD", "Delivered")
    return (
        '<?xml version="1.0" encoding="UTF-8"?><data name="piece-shipment-list" code="0" request-id="1">'
        f'<data name="piece-shipment" error-status="0" piece-code="{number}" piece-identifier="{number}" '
        'status="Delivered" short-status="Delivered" delivery-event-flag="1" ice="DLVRD" ric="OTHER" '
        f'standard-event-code="ZU"><data name="piece-event-list">{events}</data></data></data>'
    )


def dump(value):
    return (value if isinstance(value, str) else json.dumps(value)).encode()
