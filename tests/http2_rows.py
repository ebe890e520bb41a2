"""What RFC 9113 and RFC 7541 demand of a server, as data: clause, what it is about, the bytes sent after the handshake, the reaction.

Reactions: "answered S" a response on stream S; "reset S CODE"; "goaway CODE" and the connection ends; "alive" a PING
is answered and nothing else was said; "ack" our SETTINGS are acknowledged; "ended" it ends, in whatever words. Two
joined by "|" are both allowed by the RFC. RAW rows are sent in place of the client's preface.
"""

import struct

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
ES, ACK, EH, PADDED, PRIO = 1, 1, 4, 8, 32
PROTOCOL, FLOW, CLOSED, SIZE, REFUSED, COMPRESSION = 1, 3, 5, 6, 7, 9
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def u32(value):
    return struct.pack(">I", value)


def setting(name, value):
    return struct.pack(">HI", name, value)


def string(text):
    """RFC 7541 5.2 without Huffman's code."""
    data = text if isinstance(text, bytes) else text.encode()
    if len(data) < 127:
        return bytes([len(data)]) + data
    left, head = len(data) - 127, b"\x7f"
    while left >= 128:
        head, left = head + bytes([0x80 | left & 0x7F]), left >> 7
    return head + bytes([left]) + data


def literal(name, value):
    return b"\0" + string(name) + string(value)


def rows(authority, path="/nnrf-nfm/v1/nf-instances", scheme="https"):
    """authority and path: of a request that is answered."""
    good = [(":method", "GET"), (":scheme", scheme), (":authority", authority), (":path", path)]
    post = [(":method", "POST")] + good[1:]

    def block(fields):
        return b"".join(literal(name, value) for name, value in fields)

    def request(fields=None, stream=1, last=True, flags=EH, more=b""):
        return frame(HEADERS, flags | (ES if last else 0), stream, block(good if fields is None else fields) + more)

    def without(name):
        return [field for field in good if field[0] != name]

    def having(name, value):
        return [(each, value if each == name else old) for each, old in good]

    def body(length, *pieces):
        out = request(post + ([("content-length", length)] if length is not None else []), last=False)
        return out + b"".join(frame(DATA, ES if i + 1 == len(pieces) else 0, 1, each) for i, each in enumerate(pieces))

    reset, goaway = f"reset 1 {PROTOCOL}", f"goaway {PROTOCOL}"
    ping = frame(PING, 0, 0, b"12345678")
    opened = request(post, last=False)  # half of a request: stream 1 is open
    half = frame(HEADERS, ES, 1, block(good[:2]))  # a header block that goes on
    rest = block(good[2:])
    table = []

    def add(clause, what, sent, reaction):
        table.append((clause, what, sent, reaction))

    # --- RFC 9113 3.4: the preface
    add("9113 3.4", "RAW a request of HTTP/1.1", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "ended")
    add("9113 3.4", "RAW a preface with one wrong byte", PREFACE[:-1] + b"x" + frame(SETTINGS, 0, 0), "ended")
    add("9113 3.4", "RAW no SETTINGS after the preface", PREFACE + ping, "goaway 1 | ended")
    add("9113 3.4", "RAW a request before SETTINGS", PREFACE + request(), "goaway 1 | ended")
    # --- 4: frames and header blocks
    add("9113 4.1", "a frame of an unknown type is ignored", frame(0x77, 0xFF, 0, b"x") + frame(0x77, 0, 5, b"x"), "alive")
    add("9113 4.1", "the reserved bit of a stream is ignored", frame(HEADERS, EH | ES, 0x80000001, block(good)), "answered 1")
    add("9113 4.1", "undefined flags are ignored", frame(PING, 0xFE, 0, b"12345678"), "alive")
    add("9113 4.2", "a DATA frame larger than announced", opened + frame(DATA, 0, 1, b"x" * 16385), f"goaway {SIZE} | reset 1 {SIZE}")
    add("9113 4.2", "a HEADERS frame larger than announced", frame(HEADERS, EH | ES, 1, b"\0" * 16385), f"goaway {SIZE}")
    add("9113 4.2", "a SETTINGS frame larger than announced", frame(SETTINGS, 0, 0, setting(0x99, 1) * 2731), f"goaway {SIZE}")
    add("9113 4.2", "a DATA frame of the largest size", body(None, b"x" * 16384), "answered 1")
    add("9113 4.3", "a header block in two frames", half + frame(CONTINUATION, EH, 1, rest), "answered 1")
    add("9113 4.3", "a header block in frames of one byte",
        frame(HEADERS, ES, 1, block(good)[:-5]) + b"".join(frame(CONTINUATION, EH if i == 4 else 0, 1, block(good)[i - 5:][:1]) for i in range(5)), "answered 1")
    add("9113 4.3", "a block that cannot be decoded", frame(HEADERS, EH | ES, 1, b"\xff\xff\xff\xff\xff\xff\xff"), f"goaway {COMPRESSION}")
    add("9113 4.3", "another frame within a block", half + ping, goaway)
    add("9113 4.3", "a CONTINUATION of another stream within a block", half + frame(CONTINUATION, EH, 3, rest), goaway)
    add("9113 4.3", "HEADERS of another stream within a block", half + request(stream=3), goaway)
    add("9113 5.5", "an unknown frame within a block", half + frame(0x77, 0, 1), goaway)
    # --- 5.1: the states of a stream
    add("9113 5.1", "DATA on an idle stream", frame(DATA, ES, 1, b"x"), goaway)
    add("9113 5.1", "RST_STREAM on an idle stream", frame(RST_STREAM, 0, 1, u32(8)), goaway)
    add("9113 5.1", "WINDOW_UPDATE on an idle stream", frame(WINDOW_UPDATE, 0, 1, u32(8)), goaway)
    add("9113 5.1", "PRIORITY on an idle stream is allowed", frame(PRIORITY, 0, 1, u32(0) + b"x"), "alive")
    add("9113 5.1", "DATA after the end of the request", request() + frame(DATA, ES, 1, b"x"), f"reset 1 {CLOSED} | goaway {CLOSED}")
    add("9113 5.1", "HEADERS after the end of the request", request() + request(), f"reset 1 {CLOSED} | goaway {CLOSED}")
    add("9113 5.1", "WINDOW_UPDATE after the end of the request", request() + frame(WINDOW_UPDATE, 0, 1, u32(1)), "answered 1")
    add("9113 5.1", "WINDOW_UPDATE after a reset is ignored", opened + frame(RST_STREAM, 0, 1, u32(8)) + frame(WINDOW_UPDATE, 0, 1, u32(1)), "alive")
    add("9113 5.1", "RST_STREAM after a reset is ignored", opened + frame(RST_STREAM, 0, 1, u32(8)) * 2, "alive")
    add("9113 5.1.1", "an even stream", request(stream=2), goaway)
    add("9113 5.1.1", "skipped streams are closed", request(stream=9) + frame(WINDOW_UPDATE, 0, 7, u32(1)), "answered 9")
    add("9113 5.1.1", "a stream smaller than the one before", request(stream=5) + request(stream=3), "goaway 5 | goaway 1")
    add("9113 5.1", "HEADERS on a stream that the peer reset", opened + frame(RST_STREAM, 0, 1, u32(8)) + request(), f"reset 1 {CLOSED} | goaway {CLOSED}")
    add("9113 5.1", "DATA on a stream that we reset may be under way", request(post + [("te", "gzip")], last=False) + frame(DATA, ES, 1, b"x"), reset)
    add("9113 5.1.2", "more streams than announced", b"".join(request(post, stream=1 + 2 * i, last=False) for i in range(257)),
        f"reset 513 {REFUSED} | reset 513 {PROTOCOL} | goaway {PROTOCOL}")
    add("9113 5.3.2", "a stream that depends on itself is no matter", frame(PRIORITY, 0, 1, u32(1) + b"x") + request(), "answered 1")
    # --- 6: each type of frame
    add("9113 6.1", "DATA on stream 0", frame(DATA, 0, 0, b"x"), goaway)
    add("9113 6.1", "DATA whose padding is as long as the frame", opened + frame(DATA, PADDED | ES, 1, b"\x05abcd"), goaway)
    add("9113 6.1", "DATA with padding", body("3") + frame(DATA, PADDED | ES, 1, b"\x04abc" + bytes(4)), "answered 1")
    add("9113 6.1", "empty DATA with the PADDED flag", opened + frame(DATA, PADDED, 1), f"goaway {SIZE} | goaway {PROTOCOL}")
    add("9113 6.2", "HEADERS on stream 0", request(stream=0), goaway)
    add("9113 6.2", "HEADERS whose padding is as long as the frame", frame(HEADERS, PADDED | EH | ES, 1, b"\xff" + block(good)), goaway)
    add("9113 6.2", "HEADERS with padding and priority", frame(HEADERS, PADDED | PRIO | EH | ES, 1, b"\x02" + u32(0) + b"\x10" + block(good) + bytes(2)), "answered 1")
    add("9113 6.2", "HEADERS too short for their priority", frame(HEADERS, PRIO | EH | ES, 1, b"abc"), f"goaway {SIZE} | goaway {PROTOCOL}")
    add("9113 6.3", "PRIORITY on stream 0", frame(PRIORITY, 0, 0, u32(1) + b"x"), goaway)
    add("9113 6.3", "PRIORITY of four bytes", opened + frame(PRIORITY, 0, 1, u32(3)), f"reset 1 {SIZE} | goaway {SIZE}")
    add("9113 6.4", "RST_STREAM on stream 0", frame(RST_STREAM, 0, 0, u32(8)), goaway)
    add("9113 6.4", "RST_STREAM of three bytes", opened + frame(RST_STREAM, 0, 1, b"abc"), f"goaway {SIZE}")
    add("9113 6.5", "SETTINGS on a stream", frame(SETTINGS, 0, 1, setting(3, 9)), goaway)
    add("9113 6.5", "SETTINGS of five bytes", frame(SETTINGS, 0, 0, b"12345"), f"goaway {SIZE}")
    add("9113 6.5", "an acknowledgement with content", frame(SETTINGS, ACK, 0, setting(3, 9)), f"goaway {SIZE}")
    add("9113 6.5.2", "ENABLE_PUSH of 2", frame(SETTINGS, 0, 0, setting(2, 2)), goaway)
    add("9113 6.5.2", "INITIAL_WINDOW_SIZE beyond 2^31-1", frame(SETTINGS, 0, 0, setting(4, 0x80000000)), f"goaway {FLOW}")
    add("9113 6.5.2", "MAX_FRAME_SIZE below 16384", frame(SETTINGS, 0, 0, setting(5, 16383)), goaway)
    add("9113 6.5.2", "MAX_FRAME_SIZE beyond 2^24-1", frame(SETTINGS, 0, 0, setting(5, 1 << 24)), goaway)
    add("9113 6.5.2", "an unknown setting is ignored", frame(SETTINGS, 0, 0, setting(0xFFF, 1)), "ack")
    add("9113 6.5.3", "SETTINGS are acknowledged", frame(SETTINGS, 0, 0, setting(3, 100)), "ack")
    add("9113 6.5.3", "the last of several values counts", frame(SETTINGS, 0, 0, setting(4, 0) + setting(4, 65535)) + request(), "answered 1")
    add("9113 6.6", "PUSH_PROMISE by a client", frame(PUSH_PROMISE, EH, 1, u32(2) + block(good)), goaway)
    add("9113 8.4", "PUSH_PROMISE on an open stream", opened + frame(PUSH_PROMISE, EH, 1, u32(2) + block(good)), goaway)
    add("9113 6.7", "a PING is answered", ping, "alive")
    add("9113 6.7", "an acknowledgement of PING is not", frame(PING, ACK, 0, b"unasked!"), "alive")
    add("9113 6.7", "PING on a stream", frame(PING, 0, 1, b"12345678"), goaway)
    add("9113 6.7", "PING of seven bytes", frame(PING, 0, 0, b"1234567"), f"goaway {SIZE}")
    add("9113 6.8", "GOAWAY on a stream", frame(GOAWAY, 0, 1, u32(0) * 2), goaway)
    add("9113 6.8", "open streams are answered after a GOAWAY", request() + frame(GOAWAY, 0, 0, u32(0) * 2), "answered 1")
    add("9113 6.9", "WINDOW_UPDATE of nothing on the connection", frame(WINDOW_UPDATE, 0, 0, u32(0)), goaway)
    add("9113 6.9", "WINDOW_UPDATE of nothing on a stream", opened + frame(WINDOW_UPDATE, 0, 1, u32(0)), f"{reset} | {goaway}")
    add("9113 6.9", "WINDOW_UPDATE of three bytes", frame(WINDOW_UPDATE, 0, 0, b"abc"), f"goaway {SIZE}")
    add("9113 6.9", "the reserved bit of an increment is ignored", frame(WINDOW_UPDATE, 0, 0, u32(0x80000001)), "alive")
    add("9113 6.9.1", "a connection's window beyond 2^31-1", frame(WINDOW_UPDATE, 0, 0, u32(0x7FFFFFFF)), f"goaway {FLOW}")
    add("9113 6.9.1", "a stream's window beyond 2^31-1", opened + frame(WINDOW_UPDATE, 0, 1, u32(0x7FFFFFFF)), f"reset 1 {FLOW}")
    add("9113 6.9.2", "a setting that takes a window beyond 2^31-1", opened + frame(WINDOW_UPDATE, 0, 1, u32(0x7FFF0000)) + frame(SETTINGS, 0, 0, setting(4, 0x7FFFFFFF)), f"goaway {FLOW} | reset 1 {FLOW}")
    add("9113 6.9.2", "a window that becomes negative", frame(SETTINGS, 0, 0, setting(4, 0)) + request() + frame(SETTINGS, 0, 0, setting(4, 65535)), "answered 1")
    add("9113 6.10", "CONTINUATION on stream 0", frame(CONTINUATION, EH, 0, rest), goaway)
    add("9113 6.10", "CONTINUATION of nothing", frame(CONTINUATION, EH, 1, block(good)), goaway)
    add("9113 6.10", "CONTINUATION after the end of the block", request(last=False) + frame(CONTINUATION, EH, 1, rest), goaway)
    add("9113 6.10", "CONTINUATION after DATA", opened + frame(DATA, 0, 1, b"x") + frame(CONTINUATION, EH, 1, rest), goaway)
    # --- 8: messages
    add("9113 8.1", "trailers", body("3", b"abc")[:-12] + frame(DATA, 0, 1, b"abc") + request([("a", "b")]), "answered 1")
    add("9113 8.1", "trailers that do not end the stream", opened + request([("a", "b")], last=False), reset)
    add("9113 8.1", "trailers with a pseudo-field", opened + request([(":path", "/")]), reset)
    add("9113 8.1.1", "content-length above the body", body("4", b"abc"), reset)
    add("9113 8.1.1", "content-length below the body", body("2", b"abc"), reset)
    add("9113 8.1.1", "content-length below a body in pieces", body("2", b"a", b"bc"), reset)
    add("9113 8.1.1", "content-length without a body", request(good + [("content-length", "1")]), reset)
    add("9113 8.1.1", "two lengths that differ", request(good + [("content-length", "0"), ("content-length", "1")]), reset)
    add("9113 8.1.1", "the same length twice", body("3")[:0] + request(good + [("content-length", "0")] * 2), reset)
    for wrong in ["+3", "-3", "3,3", "0x3", " 3", "3 ", "", "99999999999999999999"]:
        add("9110 8.6", f"content-length '{wrong}'", body(wrong, b"abc"), reset)
    for name in ["Accept", "a b", "a:b", "a\0b", "a\rb", "a\nb", "", "\x80a", "a\x7f", "(a)"]:
        add("9113 8.2.1", f"the field name {name!r}", request(good + [(name.encode("latin-1"), "x")]), reset)
    for value in ["a\0b", "a\rb", "a\nb", "a\r\nc: d", " a", "a ", "\ta", "a\t"]:
        add("9113 8.2.1", f"the field value {value!r}", request(good + [("x", value)]), reset)
    for name in ["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]:
        add("9113 8.2.2", f"{name} in a request", request(good + [(name, "x")]), reset)
    add("9113 8.2.2", "transfer-encoding: chunked with a length", body("3", b"abc")[:0] + request(post + [("transfer-encoding", "chunked"), ("content-length", "3")], last=False), reset)
    add("9113 8.2.2", "te other than trailers", request(good + [("te", "gzip")]), reset)
    add("9113 8.2.2", "te of trailers", request(good + [("te", "trailers")]), "answered 1")
    add("9113 8.3", "a pseudo-field after a field", request([("a", "b")] + good), reset)
    add("9113 8.3", "an unknown pseudo-field", request(good + [(":x", "y")]), reset)
    add("9113 8.3", "a response's pseudo-field", request(good + [(":status", "200")]), reset)
    for name, value in good:
        if name != ":authority":
            add("9113 8.3.1", f"no {name}", request(without(name)), reset)
        add("9113 8.3.1", f"{name} twice", request(good + [(name, value)]), reset)
    add("9113 8.3.1", "neither :authority nor Host", request(without(":authority")), reset)
    add("9113 8.3.1", "Host in place of :authority", request(without(":authority") + [("host", authority)]), "answered 1")
    add("9113 8.3.1", "Host that contradicts :authority", request(good + [("host", "other.example")]), reset)
    add("9113 8.3.1", "two Hosts", request(without(":authority") + [("host", authority), ("host", "other.example")]), reset)
    add("9113 8.3.1", "a user part in :authority", request(having(":authority", "root@" + authority)), reset)
    for wrong in ["", "nnrf-nfm/v1", "*", "/a b", "/a#b", "/\r\nhost: x", "http://other/"]:
        add("9113 8.3.1", f"the path {wrong!r}", request(having(":path", wrong)), reset)
    for wrong in ["", "HTTPS:", "ftp", "h ttp"]:
        add("9113 8.3.1", f"the scheme {wrong!r}", request(having(":scheme", wrong)), reset)
    for wrong in ["", "G ET", "GET\r\n", "GET /"]:
        add("9110 9.1", f"the method {wrong!r}", request(having(":method", wrong)), reset)
    add("9113 8.5", "CONNECT is refused in words", request([(":method", "CONNECT"), (":authority", authority)]), "answered 1")
    add("9113 8.5", "CONNECT with a path", request(having(":method", "CONNECT")), reset)
    add("8441 4", "extended CONNECT, which was not offered", request(having(":method", "CONNECT") + [(":protocol", "websocket")]), reset)
    # --- RFC 7541
    add("7541 2.3.3", "an index beyond both tables", request(more=b"\xff\x00"), f"goaway {COMPRESSION}")
    add("7541 6.1", "index 0", request(more=b"\x80"), f"goaway {COMPRESSION}")
    add("7541 5.1", "an integer that overflows", request(more=b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x0f"), f"goaway {COMPRESSION}")
    add("7541 5.1", "an integer cut short", request(more=b"\xff"), f"goaway {COMPRESSION}")
    add("7541 5.2", "a string longer than the block", request(more=b"\x00\x7e" + b"a"), f"goaway {COMPRESSION}")
    add("7541 5.2", "Huffman's EOS", request(more=b"\x00\x01x" + b"\x84\xff\xff\xff\xff"), f"goaway {COMPRESSION}")
    add("7541 5.2", "Huffman padding of a byte", request(more=b"\x00\x01x" + b"\x82\x07\xff\xff"[:4]), f"goaway {COMPRESSION}")
    add("7541 5.2", "Huffman padding that is not ones", request(more=b"\x00\x01x" + b"\x81\x18"), f"goaway {COMPRESSION}")
    add("7541 5.2", "Huffman's code", request(more=b"\x00\x01x" + b"\x81\x1f"), "answered 1")
    add("7541 4.2", "a table larger than announced", frame(HEADERS, EH | ES, 1, b"\x3f\xe2\x1f" + block(good)), f"goaway {COMPRESSION}")
    add("7541 4.2", "a size update after a field", request(more=b"\x20"), f"goaway {COMPRESSION}")
    add("7541 4.2", "a size update at the beginning", frame(HEADERS, EH | ES, 1, b"\x20\x3f\xe1\x1f" + block(good)), "answered 1")
    add("7541 4.4", "an entry larger than the table empties it", request(more=b"\x40" + string("x") + string("y" * 5000)), "answered 1")
    add("7541 6.2.1", "an entry is used again", request(more=b"\x40" + string("x") + string("y")) + request(stream=3, more=b"\xbe"), "answered 3")
    add("7541 6.2.3", "a literal never indexed", request(more=b"\x10" + string("x") + string("y")), "answered 1")
    add("7541 6.2.3", "a literal never indexed makes no entry", request(more=b"\x10" + string("x") + string("y")) + request(stream=3, more=b"\xbe"), f"goaway {COMPRESSION}")
    return table
