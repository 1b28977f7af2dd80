#!/usr/bin/env python3
"""Writes hello.pdf: small and genuine; by a program, so that its table of offsets is right."""

import pathlib

LINES = [
    "Hello from Filegate.",
    "",
    "This page was uploaded once. Filegate checked it, kept it under its SHA-256,",
    "placed it at a provider and wrote down where it went.",
    "",
    "Upload it again: the answer says deduplicated, and no byte moves.",
]


def page_text() -> bytes:
    shown = "\n".join(f"({line}) Tj T*" for line in LINES)
    return f"BT /F1 14 Tf 18 TL 72 760 Td\n{shown}\nET\n".encode("ascii")


def make_pdf() -> bytes:
    text = page_text()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(text), text),
        b"<< /Title (Hello from Filegate) >>",
    ]
    pdf = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    pdf += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    pdf += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\n" % (len(objects) + 1)
    return pdf + b"startxref\n%d\n%%%%EOF\n" % table


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("hello.pdf").write_bytes(make_pdf())
