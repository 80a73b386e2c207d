"""A lab at a terminal: an interactive shell with job control, Ctrl-C, and the terminal given back at the end."""
# ctest: lab, 60 s
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import time

LONGHAUL = os.environ["LONGHAUL"]
PAIR = """
name: pair
title: Two sites for tests
sites:
  - {name: east, hosts: east1, fabric: {technology: Ethernet, host_rate: 4 Gbit/s}}
  - {name: west, hosts: west1, fabric: {technology: Ethernet, host_rate: 4 Gbit/s}}
links:
  - {between: [east, west], rtt: 20 ms, members: 1 x 1 Gbit/s}
"""


class Terminal:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, *command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = "$ "
            os.execvp(command[0], command)
        self.text = ""

    def read(self, seconds):
        """Reads what comes until nothing has come for a while; false once the program has closed the terminal."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, words):
        """Reads until the words have come, and forgets them."""
        deadline = time.monotonic() + 10
        while words not in self.text:
            if not self.read(0.1) or time.monotonic() > deadline:
                sys.exit(f"FAIL: no '{words}' in: {self.text!r}")
        self.text = self.text.split(words, 1)[1]

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def exit_code(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if not self.read(0.1):
                return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.kill(self.pid, signal.SIGKILL)
        sys.exit(f"FAIL: it did not end; it said: {self.text!r}")


def expect(what, expected, got):
    if expected != got:
        sys.exit(f"FAIL: {what}: expected {expected!r}, got {got!r}")


def lab(*command):
    return [LONGHAUL, "lab", "--quiet", "--topology", "pair.yaml", "--", *command]


def shell_has_job_control():
    terminal = Terminal(*lab("bash", "--norc", "--noprofile", "-i"))
    terminal.wait_for("$ ")
    terminal.type("hostname; sleep 100\n")
    terminal.wait_for("east1\r\n")
    time.sleep(0.3)
    terminal.type("\x03")
    terminal.wait_for("$ ")
    terminal.type("echo code-$?\n")
    terminal.wait_for("code-130\r\n")
    terminal.wait_for("$ ")
    terminal.type("sleep 100\n")
    time.sleep(0.3)
    terminal.type("\x1a")
    terminal.wait_for("Stopped")
    terminal.wait_for("$ ")
    terminal.type("fg\n")
    terminal.wait_for("sleep 100\r\n")
    time.sleep(0.3)
    terminal.type("\x03")
    terminal.wait_for("$ ")
    terminal.type("exit 5\n")
    expect("the shell's exit code", 5, terminal.exit_code())


def ctrl_c_ends_the_command():
    terminal = Terminal(*lab("sh", "-c", "echo ready; exec sleep 100"))
    terminal.wait_for("ready\r\n")
    terminal.type("\x03")
    expect("the exit code after Ctrl-C", 130, terminal.exit_code())


def ctrl_c_is_the_commands_to_handle():
    terminal = Terminal(*lab("bash", "-c", "trap 'echo tidied; exit 3' INT; echo ready; while :; do sleep 0.1; done"))
    terminal.wait_for("ready\r\n")
    terminal.type("\x03")
    terminal.wait_for("tidied\r\n")
    expect("the command's own exit code", 3, terminal.exit_code())


def terminal_comes_back():
    terminal = Terminal("bash", "--norc", "--noprofile", "-i")
    terminal.wait_for("$ ")
    terminal.type(" ".join(lab("bash", "--norc", "-i")) + "\n")
    terminal.wait_for("$ ")
    terminal.type("kill -9 $$\n")
    terminal.wait_for("$ ")
    terminal.type("echo outer-$?\n")
    terminal.wait_for("outer-137\r\n")
    terminal.type("exit\n")
    expect("the outer shell's exit code", 0, terminal.exit_code())


def ctrl_c_ends_a_run_after_its_visit():
    subprocess.run(["rm", "-rf", "run.h5", "run.h5.parts"], check=True)
    terminal = Terminal(LONGHAUL, "run", "--lab", "--topology", "pair.yaml", "--hosts-per-site", "1", "--size", "16B,1KiB",
                        "--rounds", "50", "--visit-time", "200ms", "-o", "run.h5")
    terminal.wait_for("round 1/50")
    terminal.type("\x03")
    terminal.wait_for("interrupted; finished visits are in run.h5; go on with --resume")
    expect("the exit code of an interrupted run", 130, terminal.exit_code())


pathlib.Path("pair.yaml").write_text(PAIR)
for behaviour in (shell_has_job_control, ctrl_c_ends_the_command, ctrl_c_is_the_commands_to_handle, terminal_comes_back,
                  ctrl_c_ends_a_run_after_its_visit):
    behaviour()
    print("ok:", behaviour.__name__.replace("_", " "))
