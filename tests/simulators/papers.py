"""Small real documents made by hand: a PDF and a ZPL label, a PNG signature."""

import math
import struct
import zlib


def png_signature(width=240, height=80):
    """A PNG picture of a scribble, as a driver's handheld sends it: 8-bit greyscale, dark ink on white."""
    rows = [bytearray(b"\xff" * width) for _ in range(height)]
    for step in range(width * 8):
        x = step / 8
        y = height / 2 + math.sin(x / 9.0) * height / 3.2 * math.cos(x / 47.0) + math.sin(x / 3.1) * 3
        for dy in (0, 1):
            row = min(max(int(y) + dy, 0), height - 1)
            rows[row][min(int(x), width - 1)] = 0x20
    raw = b"".join(b"\x00" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data)) for tag, data in chunks
    )


def _bars(text):
    """A bar pattern that looks like a code 39 and differs per text: (offset, width) in points."""
    position = 0
    for character in text:
        for bit in range(8):
            wide = 2.4 if ord(character) >> bit & 1 else 1.1
            if bit % 2 == 0:
                yield position, wide
            position += wide
        position += 1.1


def pdf_label(tracking_number, lines):
    """A one-page 4 x 6 inch PDF label with the address lines, a bar pattern and the tracking number."""

    def escape(text):
        return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")

    content = ["1 w 12 12 264 408 re S", "BT /F1 11 Tf 24 396 Td 15 TL"]
    content += [f"({escape(line)}) Tj T*" for line in lines]
    content += ["ET"]
    bars = list(_bars(tracking_number))
    scale = 240 / (bars[-1][0] + bars[-1][1])
    content += [f"{24 + at * scale:.2f} 60 {width * scale:.2f} 90 re f" for at, width in bars]
    content += [f"BT /F2 15 Tf 24 36 Td ({escape(tracking_number)}) Tj ET"]
    stream = "\n".join(content).encode("cp1252", "replace")
    encoding = b"/Encoding /WinAnsiEncoding"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica %s >>" % encoding,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier-Bold %s >>" % encoding,
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def zpl_label(tracking_number, lines):
    """The same label for a thermal printer, in ZPL II."""

    def escape(text):
        # ^ and ~ begin commands; ^FH lets them be written as hexadecimal.
        return text.replace("_", "_5F").replace("^", "_5E").replace("~", "_7E")

    fields = [
        f"^FO40,{40 + 40 * number}^A0N,30,30^FH^FD{escape(line)}^FS" for number, line in enumerate(lines)
    ]  # fmt: skip
    code = f"^FO40,560^BY2^BCN,160,Y,N,N^FD{tracking_number}^FS"
    return ("^XA^CI28\n" + "\n".join([*fields, code]) + "\n^XZ\n").encode()
