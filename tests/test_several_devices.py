"""Notebook 07's training on two devices, and README's on two workers, follow the loss curve of one, step by step.

What is equal: the data in their order, the augmentation, the first weights, the global batch. What is left is rounding,
since sums are made in another order, and what training makes of it. `TOLERANCE` is relative, over 16 steps.
"""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    """What `training_on_devices.py` found on one device and on two."""
    folder, found = tmp_path_factory.mktemp("devices"), {}
    for devices in (1, 2):
        environment = {**os.environ, "HELPERS_CACHE": str(folder / f"cache-{devices}")}
        script = Path(__file__).with_name("training_on_devices.py")
        place = folder / f"{devices}.npz"
        subprocess.run([sys.executable, script, str(devices), place], env=environment, check=True, timeout=300)
        found[devices] = np.load(place)
    return found


def largest_difference(one, other):
    """Of two curves, relative to the first."""
    return float(np.max(np.abs(one - other) / np.abs(one)))


def test_two_devices_share_one_batch(curves):
    assert curves[1]["piece_sizes"].tolist() == [32]
    assert curves[2]["piece_sizes"].tolist() == [16, 16]
    np.testing.assert_array_equal(curves[1]["batch"], curves[2]["batch"])


@pytest.mark.parametrize("optimizer", ["notebook", "descent", "train_steps"])
def test_two_devices_follow_the_curve_of_one(curves, optimizer):
    one, two = curves[1][optimizer], curves[2][optimizer]
    assert one.shape == (2, 16)  # loss and, for the first two, validation loss, whose weights are averages
    assert one[0, -1] < 0.9 * one[0, 0], "nothing was learned: a curve that stays where it was compares nothing"
    assert largest_difference(one, two) < TOLERANCE


@pytest.mark.parametrize(("devices", "fault"), [(1, "gradients added"), (2, "statistics apart")])
def test_the_tolerance_tells_a_fault_from_rounding(curves, devices, fault):
    """The notebook's AdamW divides by the size of the gradient and hides its scale: plain descent does not."""
    assert largest_difference(curves[1]["descent"], curves[devices][fault]) > 10 * TOLERANCE


def free_ports(count):
    """Ports that nobody listens on at this moment."""
    with contextlib.ExitStack() as open_until_all_are_found:
        found = [open_until_all_are_found.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]


@pytest.mark.slow
def test_two_workers_find_the_losses_of_one(tmp_path):
    script = Path(__file__).with_name("training_on_workers.py")

    def started(index, ports):
        place = tmp_path / f"{len(ports)}-{index}.npy"
        command = [sys.executable, script, str(index), ",".join(map(str, ports)), place]
        return place, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    ports = free_ports(2)
    running = [started(0, ports), started(1, ports)]
    try:
        for _, process in running:
            said, _ = process.communicate(timeout=240)
            assert process.returncode == 0, said[-3000:]
    finally:
        for _, process in running:
            process.kill()
    place, alone = started(0, ports[:1])
    said, _ = alone.communicate(timeout=240)
    assert alone.returncode == 0, said[-3000:]
    losses = np.load(place)
    assert losses[-4:].mean() < 0.8 * losses[0], "nothing was learned"
    for share, _ in running:
        np.testing.assert_allclose(np.load(share), losses, rtol=TOLERANCE)
