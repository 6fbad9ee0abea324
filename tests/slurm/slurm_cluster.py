"""A real single-node Slurm with four GPU entries, for tests: `python tests/slurm/slurm_cluster.py start|stop|status`.

Needs root and Debian's packages slurm-wlm and munge. The GPU entries are device nodes without hardware.
The configuration goes to /etc/slurm, since jobs of Snakemake's executor drop the variable SLURM_CONF;
what was there is set aside and comes back at `stop`, which leaves the machine as it was.
"""

import glob
import grp
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

CONFIGURATION = Path("/etc/slurm")
SET_ASIDE = Path("/etc/slurm.before-gengap-test")
STATE = Path("/var/tmp/gengap-test-slurm")
MUNGE_RUN = Path("/run/munge")
MUNGE_KEY = Path("/etc/munge/munge.key")
DEVICES = [Path(f"/dev/gengap-gpu{index}") for index in range(4)]
TIMEOUT = 30.0

# Four CPUs and plenty of memory whatever the machine has, so that four jobs always run at once.
SLURM_CONF = """\
ClusterName=gengap-test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation={state}/slurmctld
SlurmdSpoolDir={state}/slurmd
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd.pid
SlurmctldLogFile={state}/slurmctld.log
SlurmdLogFile={state}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=1,sched_interval=2
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MinJobAge=3600
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=256000 Gres=gpu:test:4 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
GRES_CONF = "AutoDetect=off\nName=gpu Type=test File={devices}\n"


def why_not() -> str | None:
    """Why a cluster cannot be started here, or `None`."""
    if os.getuid() != 0:
        return "starting Slurm needs root"
    missing = [name for name in ("slurmctld", "slurmd", "munged", "sbatch") if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed (Debian packages slurm-wlm and munge)"
    if glob.glob("/dev/nvidia[0-9]*"):
        return "this machine has GPUs of its own, which jobs with the cluster's made-up ones would use"
    if CONFIGURATION.joinpath("slurm.conf").exists() and not SET_ASIDE.exists():
        return f"{CONFIGURATION}/slurm.conf belongs to a cluster that is not ours"
    return None


def is_up() -> bool:
    """Whether the cluster of this module takes jobs."""
    if not STATE.exists():
        return False
    answer = subprocess.run(["sinfo", "--noheader", "--format=%T"], capture_output=True, text=True)
    return answer.returncode == 0 and answer.stdout.strip() in ("idle", "mixed", "allocated")


def start() -> None:
    """Start the cluster unless it is up; what a killed one left behind is cleared first."""
    if is_up():
        return
    reason = why_not()
    if reason is not None:
        sys.exit(f"Cannot start Slurm: {reason}.")
    stop()
    try:
        _start()
    except BaseException:
        stop()
        raise


def _start() -> None:
    for folder in ("slurmctld", "slurmd"):
        (STATE / folder).mkdir(parents=True, mode=0o755)
    for device in DEVICES:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    if CONFIGURATION.exists():
        CONFIGURATION.rename(SET_ASIDE)
    else:
        SET_ASIDE.mkdir()
        (SET_ASIDE / "was-absent").touch()
    CONFIGURATION.mkdir()
    host = socket.gethostname().split(".")[0]
    (CONFIGURATION / "slurm.conf").write_text(SLURM_CONF.format(host=host, state=STATE))
    devices = f"{DEVICES[0]}".replace("0", f"[0-{len(DEVICES) - 1}]")
    (CONFIGURATION / "gres.conf").write_text(GRES_CONF.format(devices=devices))
    if not _munge_answers():
        _start_munge()
    for daemon in ("slurmctld", "slurmd"):
        subprocess.run([daemon], check=True, cwd=STATE)
    _wait_for(is_up, f"Slurm did not come up; see its logs:\n{_logs()}")


def stop() -> None:
    """End all jobs and daemons and undo everything that `start` did; harmless where nothing runs."""
    if STATE.exists():
        if is_up():
            _end_jobs()
        for name in ("slurmd", "slurmctld"):
            _terminate(STATE / f"{name}.pid", name)
        if (STATE / "munge-started").exists():
            _terminate(STATE / "munged.pid", "munged")
        if (STATE / "munge-folder-made").exists():
            shutil.rmtree(MUNGE_RUN, ignore_errors=True)
        if (STATE / "munge-key-made").exists():
            MUNGE_KEY.unlink(missing_ok=True)
    for device in DEVICES:
        device.unlink(missing_ok=True)
    if SET_ASIDE.exists():
        shutil.rmtree(CONFIGURATION, ignore_errors=True)
        if (SET_ASIDE / "was-absent").exists():
            shutil.rmtree(SET_ASIDE)
        else:
            SET_ASIDE.rename(CONFIGURATION)
    shutil.rmtree(STATE, ignore_errors=True)


def _munge_answers() -> bool:
    return subprocess.run(["munge", "-n"], capture_output=True).returncode == 0


def _start_munge() -> None:
    user, group = pwd.getpwnam("munge").pw_uid, grp.getgrnam("munge").gr_gid
    if not MUNGE_KEY.exists():
        (STATE / "munge-key-made").touch()
        MUNGE_KEY.write_bytes(os.urandom(128))
        MUNGE_KEY.chmod(0o600)
        os.chown(MUNGE_KEY, user, group)
    (STATE / "munge-started").touch()
    if not MUNGE_RUN.exists():
        (STATE / "munge-folder-made").touch()
        MUNGE_RUN.mkdir(mode=0o755)
        os.chown(MUNGE_RUN, user, group)
    pid_file = MUNGE_RUN / "munged.pid"
    (STATE / "munged.pid").symlink_to(pid_file)
    command = ["munged", "--pid-file", str(pid_file)]
    subprocess.run(command, check=True, user=user, group=group, extra_groups=[], cwd="/")
    _wait_for(_munge_answers, "munged does not answer")


def _end_jobs() -> None:
    """Cancel everything; what survives, by the process ids that Slurm knows, is killed."""
    subprocess.run(["scancel", "--partition=main"], capture_output=True)
    try:
        _wait_for(lambda: not _output("squeue", "--noheader"), "jobs do not end", 20.0)
    except TimeoutError:
        for line in _output("scontrol", "listpids").splitlines()[1:]:
            _signal(int(line.split()[0]), signal.SIGKILL)


def _terminate(pid_file: Path, name: str) -> None:
    """End a daemon by its pid file, if that process is still the daemon."""
    try:
        pid = int(pid_file.read_text())
    except (OSError, ValueError):
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _is_running(pid, name):
            return
        _signal(pid, number)
        try:
            _wait_for(lambda: not _is_running(pid, name), f"{name} does not end", 10.0)
        except TimeoutError:
            continue


def _is_running(pid: int, name: str) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return f"Name:\t{name}\n" in status and "State:\tZ" not in status


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout


def _logs() -> str:
    return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(STATE.glob("*.log")))


def _wait_for(condition, complaint: str, seconds: float = TIMEOUT) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(0.2)


def main() -> None:
    match sys.argv[1:]:
        case ["start"]:
            start()
        case ["stop"]:
            stop()
        case ["status"]:
            print("up" if is_up() else f"down ({why_not() or 'can be started'})")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
