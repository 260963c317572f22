"""What README.md shows in its shell blocks, typed as it stands there: each command ends as the text beside it says.

Run by `cargo xtask test`; needs PODPASS_BIN, a Python with awscli, and bash.
"""
import re
import shutil
import ssl
import subprocess
import urllib.request

from stage import BIN, EXAMPLES, VENV_BIN, check, main

README = (EXAMPLES.parent / "README.md").read_text()
# The two that the guide wants refused, by their first words.
REFUSED = ["podpass run -n reports --sa reporting -- aws s3api get-object", "podpass run -n payments --sa payroll"]
# Says each command that fails, with its status.
TELL = "trap 'echo \"failed with $?: $BASH_COMMAND\"' ERR\n"


def blocks():
    """The blocks that ask a server: not those that build or start one."""
    found = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [block for block in found if "podpass " in block and "cargo" not in block]


def place(server, folder):
    """A folder as a clone looks from its root, with the port of this run's issuer, and the programs that the text names."""
    clone, programs = folder / "clone", folder / "bin"
    shutil.copytree(EXAMPLES, clone / "examples")
    trust = clone / "examples/reporting-trust.json"
    issuer = server.variables["PODPASS_ISSUER"].removeprefix("https://")
    trust.write_text(trust.read_text().replace("localhost:4567", issuer))
    programs.mkdir()
    (programs / "podpass").symlink_to(BIN)
    # No cluster is here; its answer would be a key set.
    kubectl = programs / "kubectl"
    kubectl.write_text(f"#!/bin/sh\nexec cat {folder}/jwks.json\n")
    kubectl.chmod(0o755)
    trusting = ssl.create_default_context(cafile=server.variables["PODPASS_CA"])
    with urllib.request.urlopen(f"https://{issuer}/openid/v1/jwks", context=trusting, timeout=30) as answer:
        (folder / "jwks.json").write_bytes(answer.read())
    path = f"{programs}:{VENV_BIN}:/usr/local/bin:/usr/bin:/bin"
    return clone, {"HOME": str(clone), "PATH": path, "PODPASS_DATA_DIR": str(server.data)}


def run(server, folder):
    clone, env = place(server, folder)
    typed = blocks()
    check("README.md has three blocks that ask a server", len(typed) == 3, len(typed))
    # One shell for all, as the reader has.
    done = subprocess.run(["bash", "-c", TELL + "\n".join(typed)], cwd=clone, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    said = done.stdout + done.stderr
    failed = re.findall(r"^failed with \d+: (.*)", done.stdout, re.MULTILINE)
    simulated = [command for command in failed if command.startswith("podpass simulate")]
    check("it fails where it says so, and nowhere else", [any(command.startswith(words) for words in REFUSED) for command in failed if command not in simulated] == [True, True], said[-3000:])
    check("the simulation is a denial", len(simulated) == 1, failed)
    check("the pod reads the file", "quarter,total\n" in done.stdout, said[-3000:])
    check("and hears AccessDenied", done.stderr.count("AccessDenied") >= 2, done.stderr[-3000:])
    for words in ("denied at permissions: no policy allows it", "denied at trust-policy: the trust policy of"):
        check(f"`podpass why` tells: {words}", words in done.stdout, said[-3000:])


main("readme", run)
