"""Two network namespaces with a link between them that loses, delays or swallows packets: without root's tc, with a process of our own in the middle.

`enter()` puts this process into a namespace of its own (near, 10.66.0.2); `Link` makes another one (far, 10.66.0.1) and carries packets between them.
"""

import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time

NEAR, FAR = "10.66.0.2", "10.66.0.1"
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def enter():
    """Starts this program again in a network namespace of its own. Says why when the machine does not allow it."""
    if os.environ.get("CORDON_NEAR") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return ""
    if not os.path.exists("/dev/net/tun"):
        return "no /dev/net/tun here"
    words = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*words, "ip", "link"], capture_output=True).returncode != 0:
        return "network namespaces are not allowed here"
    os.environ["CORDON_NEAR"] = "1"
    os.execvp(words[0], [*words, sys.executable, "-B", *sys.argv])


def tunnel(name, address):
    """A network interface whose packets are read and written here, in the namespace of the calling thread."""
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "addr", "add", f"{address}/24", "dev", name], check=True)
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    return fd


class Link:
    def __init__(self):
        self.loss, self.delay, self.down = 0.0, 0.0, False
        self.carried = self.lost = 0
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.namespace = f"/proc/{self.holder.pid}/ns/net"
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(self.namespace) == own:  # unshare has not got there yet
            time.sleep(0.01)
        far = []
        maker = threading.Thread(target=lambda: far.append(self.make_far()))
        maker.start()
        maker.join()
        self.ends = [tunnel("near", NEAR), far[0]]
        self.ending = False
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def make_far(self):
        """In a thread of its own: a namespace belongs to a thread."""
        with open(self.namespace) as space:
            if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return tunnel("far", FAR)

    def carry(self):
        dice, waiting = random.Random(5), []  # of (when, end, packet); every packet waits the same time, so order stays
        while not self.ending:
            ready, _, _ = select.select(self.ends, [], [], 0.001 if waiting else 0.05)
            for end in ready:
                packet = os.read(end, 65536)
                if self.down or dice.random() < self.loss:
                    self.lost += 1
                else:
                    waiting.append((time.monotonic() + self.delay, self.ends[1 - self.ends.index(end)], packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, end, packet = waiting.pop(0)
                self.carried += 1
                os.write(end, packet)

    def far(self, words):
        """The command, to be run at the far end."""
        return ["nsenter", f"--net={self.namespace}", *map(str, words)]

    def stop(self):
        self.ending = True
        self.thread.join()
        for end in self.ends:
            os.close(end)
        self.holder.terminate()
        self.holder.wait()
