"""Memory of idle mutual-TLS connections, Cordon's enforcement point beside NGINX (./bench idle [COUNT] [--json]).

As many connections as asked for, each with a whole TLS 1.3 handshake and HTTP/2 SETTINGS, then silence. What a process has more than before (PSS, which counts
shared pages in parts), by the number of connections."""

import argparse
import json
import pathlib
import resource
import socket
import ssl
import subprocess
import sys
import time

from harness import Lab, wait_until

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # with empty SETTINGS
NGINX = "127.0.3.99:8443"


def pss(pid):
    """kB"""
    return sum(int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))


def connect(address, context, name):
    host, port = address.rsplit(":", 1)
    link = context.wrap_socket(socket.create_connection((host, int(port)), timeout=30), server_hostname=name)
    link.sendall(PREFACE)
    link.recv(4096)  # the server's SETTINGS
    return link


def grow(pid, address, context, name, count):
    """kB a connection, after some have warmed the process up."""
    held = [connect(address, context, name) for _ in range(50)]
    time.sleep(1)
    before = pss(pid)
    for done in range(count):
        held.append(connect(address, context, name))
        if done % 100 == 0 and sys.stderr.isatty():
            print(f"\r{done} of {count} to {address} ", end="", file=sys.stderr)
    time.sleep(1)
    return (pss(pid) - before) / count, held


def start_nginx(folder, pki, count):
    (folder / "nginx.conf").write_text(f"""daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; worker_rlimit_nofile {count + 1000};
events {{ worker_connections {count + 1000}; }}
http {{ access_log off; keepalive_timeout 1h; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{ listen {NGINX} ssl http2; ssl_protocols TLSv1.3; ssl_certificate {pki}/proxy.pem; ssl_certificate_key {pki}/proxy.key;
    ssl_client_certificate {pki}/operator-ca.pem; ssl_verify_client on; location / {{ return 204; }} }} }}
""")
    process = subprocess.Popen(["nginx", "-e", folder / "nginx.log", "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    workers = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return process, int(wait_until(lambda: workers.read_text().split(), "NGINX has a worker")[0])


def main():
    parser = argparse.ArgumentParser(prog="./bench idle", description="Memory of an idle mutual-TLS connection, beside NGINX.")
    parser.add_argument("count", nargs="?", type=int, default=5000, help="connections to each (default 5000)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count, hard = options.count, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * count + 2000), hard))
    lab = Lab()
    try:
        limit = count + 1000
        lab.config.write_text(lab.config.read_text() + f"\nlimits: {{connections: {limit}, connections_per_address: {limit}, connections_per_peer: {limit}, idle_seconds: 0}}\n")
        lab.kill("proxy")
        lab.wait_serving()
        pki = lab.folder / "pki"
        context = ssl.create_default_context(cafile=pki / "pep-ca.pem")
        context.load_cert_chain(pki / "amf.pem", pki / "amf.key")
        context.set_alpn_protocols(["h2"])
        context.check_hostname = False
        ours, held = grow(lab.pid("proxy"), lab.address("NRF"), context, None, count)
        nginx, worker = start_nginx(lab.folder, pki, count)
        try:
            theirs, others = grow(worker, NGINX, context, None, count)
        finally:
            nginx.terminate()
            nginx.wait()
        for link in [*held, *others]:
            link.close()
    finally:
        lab.stop()
    if options.json:
        print(json.dumps({"connections": count, "kB_a_connection": round(ours, 1), "nginx_kB_a_connection": round(theirs, 1), "ratio": round(ours / theirs, 2)}))
    else:
        print(f"an idle mutual-TLS HTTP/2 connection, {count} of them: {ours:.1f} kB; nginx: {theirs:.1f} kB; ratio {ours / theirs:.2f}; bar 48 kB")


if __name__ == "__main__":
    main()
