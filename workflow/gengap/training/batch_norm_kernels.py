"""Triton kernels of batch norm over the rows of a matrix, with the addition and the ReLU that follow it.

A channels-last tensor N×C×H×W is a row-major matrix of N·H·W rows and C columns. Each kernel reads the matrix once, in
tiles; sums over rows are split into parts, one a program, which the next kernel adds up in a fixed order. So results
are the same bits each time, nothing waits for the host, and everything can be captured in a CUDA graph.

The number of channels is fixed when a kernel is compiled, so that loads of 20 channels, as LeNet-5 has them, are four
wide. All arithmetic is float32, whatever the type of the tensors. ReLU is written so that a NaN stays one.
"""

import triton
import triton.language as tl


@triton.jit
def statistics_parts(
    inputs, parts, rows, channels: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr
):  # fmt: skip
    """Parts 2×programs×C of the sums of x - x₀ and its square, x₀ being the first row, against cancellation."""
    program, programs = tl.program_id(0), tl.num_programs(0)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < channels
    shift = tl.load(inputs + channel, mask=known, other=0.0).to(tl.float32)
    total = tl.zeros((ROWS, CHANNELS), tl.float32)
    squares = tl.zeros((ROWS, CHANNELS), tl.float32)
    for first in range(program * ROWS, rows, programs * ROWS):
        row = first + tl.arange(0, ROWS)
        place = row.to(tl.int64)[:, None] * channels + channel[None, :]
        there = (row < rows)[:, None] & known[None, :]
        x = tl.load(inputs + place, mask=there, other=0.0).to(tl.float32)
        x = tl.where(there, x - shift[None, :], 0.0)
        total += x
        squares += x * x
    tl.store(parts + program * channels + channel, tl.sum(total, 0), mask=known)
    tl.store(parts + (programs + program) * channels + channel, tl.sum(squares, 0), mask=known)


@triton.jit
def combine_parts(parts, sums, count, channels: tl.constexpr, PARTS: tl.constexpr, CHANNELS: tl.constexpr):
    """Sums 2×C of parts 2×count×C; the first index is that of the program."""
    which = tl.program_id(0)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < channels
    total = tl.zeros((PARTS, CHANNELS), tl.float32)
    for first in range(0, count, PARTS):
        part = first + tl.arange(0, PARTS)
        there = (part < count)[:, None] & known[None, :]
        total += tl.load(parts + (which * count + part)[:, None] * channels + channel[None, :], mask=there, other=0.0)
    tl.store(sums + which * channels + channel, tl.sum(total, 0), mask=known)


@triton.jit
def _sum_of_parts(parts, which, count, channels: tl.constexpr, channel, known, PARTS: tl.constexpr):
    part = tl.arange(0, PARTS)
    there = (part < count)[:, None] & known[None, :]
    place = (which * count + part)[:, None] * channels + channel[None, :]
    return tl.sum(tl.load(parts + place, mask=there, other=0.0), 0)


@triton.jit
def normalise(
    inputs, added, outputs, parts, count, gain, shift, mean_out, deviation_out, running_mean, running_variance, batches,
    rows, channels: tl.constexpr, momentum, epsilon,
    ADD: tl.constexpr, RELU: tl.constexpr, PARTS: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """Outputs, mean and reciprocal standard deviation from `statistics_parts`; updates the running statistics."""
    program, programs = tl.program_id(0), tl.num_programs(0)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < channels
    distance = _sum_of_parts(parts, 0, count, channels, channel, known, PARTS) / rows
    squares = _sum_of_parts(parts, 1, count, channels, channel, known, PARTS) / rows
    mean = tl.load(inputs + channel, mask=known, other=0.0).to(tl.float32) + distance
    variance = squares - distance * distance
    variance = tl.where(variance < 0.0, 0.0, variance)
    deviation = 1.0 / tl.sqrt(variance + epsilon)
    if program == 0:
        tl.store(mean_out + channel, mean, mask=known)
        tl.store(deviation_out + channel, deviation, mask=known)
        old = tl.load(running_mean + channel, mask=known, other=0.0)
        tl.store(running_mean + channel, (1.0 - momentum) * old + momentum * mean, mask=known)
        old = tl.load(running_variance + channel, mask=known, other=0.0)
        # The factor first: rows may be too many for float32, their ratio is not.
        unbiased = variance * (rows / (rows - 1.0))
        tl.store(running_variance + channel, (1.0 - momentum) * old + momentum * unbiased, mask=known)
        if tl.program_id(1) == 0:
            tl.store(batches, tl.load(batches) + 1)
    slope = deviation * tl.load(gain + channel, mask=known, other=0.0)
    constant = tl.load(shift + channel, mask=known, other=0.0)
    for first in range(program * ROWS, rows, programs * ROWS):
        row = first + tl.arange(0, ROWS)
        place = row.to(tl.int64)[:, None] * channels + channel[None, :]
        there = (row < rows)[:, None] & known[None, :]
        x = tl.load(inputs + place, mask=there, other=0.0).to(tl.float32)
        y = (x - mean[None, :]) * slope[None, :] + constant[None, :]
        if ADD:
            y += tl.load(added + place, mask=there, other=0.0).to(tl.float32)
        if RELU:
            y = tl.where(y < 0.0, 0.0, y)
        tl.store(outputs + place, y.to(outputs.dtype.element_ty), mask=there)


@triton.jit
def gradient_parts(
    gradients, inputs, outputs, mean_in, deviation_in, parts, rows, channels: tl.constexpr,
    RELU: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """Parts 2×programs×C of the gradients of shift (Σ g) and gain (Σ g·x̂), g being the gradient before the ReLU."""
    program, programs = tl.program_id(0), tl.num_programs(0)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < channels
    mean = tl.load(mean_in + channel, mask=known, other=0.0)
    deviation = tl.load(deviation_in + channel, mask=known, other=0.0)
    of_shift = tl.zeros((ROWS, CHANNELS), tl.float32)
    of_gain = tl.zeros((ROWS, CHANNELS), tl.float32)
    for first in range(program * ROWS, rows, programs * ROWS):
        row = first + tl.arange(0, ROWS)
        place = row.to(tl.int64)[:, None] * channels + channel[None, :]
        there = (row < rows)[:, None] & known[None, :]
        g = tl.load(gradients + place, mask=there, other=0.0).to(tl.float32)
        if RELU:
            g = tl.where(tl.load(outputs + place, mask=there, other=0.0).to(tl.float32) <= 0.0, 0.0, g)
        x = tl.load(inputs + place, mask=there, other=0.0).to(tl.float32)
        of_shift += g
        of_gain += g * (x - mean[None, :]) * deviation[None, :]
    tl.store(parts + program * channels + channel, tl.sum(of_shift, 0), mask=known)
    tl.store(parts + (programs + program) * channels + channel, tl.sum(of_gain, 0), mask=known)


@triton.jit
def apply_gradients(
    gradients, inputs, outputs, mean_in, deviation_in, gain, parts, count,
    of_inputs, of_added, of_gain_out, of_shift_out, rows, channels: tl.constexpr,
    ADD: tl.constexpr, RELU: tl.constexpr, PARTS: tl.constexpr, ROWS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """Gradients of inputs, what was added, gain and shift from `gradient_parts`."""
    program, programs = tl.program_id(0), tl.num_programs(0)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < channels
    of_shift = _sum_of_parts(parts, 0, count, channels, channel, known, PARTS)
    of_gain = _sum_of_parts(parts, 1, count, channels, channel, known, PARTS)
    if program == 0:
        tl.store(of_shift_out + channel, of_shift, mask=known)
        tl.store(of_gain_out + channel, of_gain, mask=known)
    mean = tl.load(mean_in + channel, mask=known, other=0.0)
    deviation = tl.load(deviation_in + channel, mask=known, other=0.0)
    slope = deviation * tl.load(gain + channel, mask=known, other=0.0)
    mean_gradient, mean_product = of_shift / rows, of_gain / rows
    for first in range(program * ROWS, rows, programs * ROWS):
        row = first + tl.arange(0, ROWS)
        place = row.to(tl.int64)[:, None] * channels + channel[None, :]
        there = (row < rows)[:, None] & known[None, :]
        g = tl.load(gradients + place, mask=there, other=0.0).to(tl.float32)
        if RELU:
            g = tl.where(tl.load(outputs + place, mask=there, other=0.0).to(tl.float32) <= 0.0, 0.0, g)
        if ADD:
            tl.store(of_added + place, g.to(of_added.dtype.element_ty), mask=there)
        x = tl.load(inputs + place, mask=there, other=0.0).to(tl.float32)
        normal = (x - mean[None, :]) * deviation[None, :]
        g = slope[None, :] * (g - mean_gradient[None, :] - normal * mean_product[None, :])
        tl.store(of_inputs + place, g.to(of_inputs.dtype.element_ty), mask=there)
