#!/usr/bin/env python3
"""Measures PyTorch as org.tenon.gpu.bench.Bench measures Tenon, and writes both as one table.

usage: bench.py [--quick] [--device cuda|cpu] --out bench.md READINGS...

READINGS are the files that Bench wrote: a name, a tab and seconds in each line. Without PyTorch the table holds
Tenon's readings alone.
"""

import argparse
import pathlib
import re
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError:
    torch = None

# As org.tenon.gpu.bench.Sizes has them.
FULL = {"bytes": 256 << 20, "matrices": (1024, 2048, 4096, 8192), "lenet": (64, 100),
        "resnet": (256, 224, 64), "rounds": 5, "least": 0.1}
QUICK = {"bytes": 8 << 10, "matrices": (16,), "lenet": (4,), "resnet": (2, 16, 2), "rounds": 1, "least": 0}

# How often a measurement reads or writes the memory of an array.
PASSES = {"copy": 2, "add": 3, "multiply by a number": 2, "exp": 2, "sum of all": 1, "sums of rows": 1,
          "sums of columns": 1, "softmax of rows": 2, "transpose of a matrix": 2, "half of each row": 1,
          "channels to the end": 2, "join of 40 arrays": 2,
          # A sort's four passes read and write 80 bytes for each element of 4; a selection reads it once at least.
          "sort of all": 20, "the largest 10 of all": 1}
ROWS = (768, 1024, 4096)
for length in ROWS:
    PASSES[f"layer norm of rows of {length}"] = 2
    # Forward x and y; backward dy, x and dx: each once.
    PASSES[f"layer norm with gradients of rows of {length}"] = 5


class Readings:
    """Medians in seconds by name, and what else is to be said of a row."""

    def __init__(self, sizes, device):
        self.sizes = sizes
        self.device = device
        self.seconds = {}

    def run(self, issue, calls):
        start = time.perf_counter()
        for _ in range(calls):
            issue()
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    def take(self, name, issue):
        """What PyTorch cannot do here is said, and left out."""
        try:
            self.measure(name, issue)
        except (RuntimeError, ValueError) as error:
            print(f"{name}: {error}", file=sys.stderr)

    def measure(self, name, issue):
        rounds = self.sizes["rounds"]
        self.run(issue, rounds)
        once = self.run(issue, rounds) / rounds
        calls = max(1, int(self.sizes["least"] / once))
        self.seconds[name] = statistics.median(self.run(issue, calls) / calls for _ in range(rounds))
        print(f"{name}\t{self.seconds[name]:.9f}", flush=True)


def measure_issue(readings):
    a = torch.tensor([1.0, 2.0, 3.0, 4.0], device=readings.device)
    readings.take("add of 4 elements", lambda: a + a)


def measure_bandwidth(readings):
    for dtype, name in ((torch.float32, "float32"), (torch.float16, "float16")):
        shape = (readings.sizes["bytes"] // torch.empty((), dtype=dtype).element_size() // 1024, 1024)
        a = torch.randn(shape, device=readings.device).to(dtype)
        b = torch.randn(shape, device=readings.device).to(dtype)
        readings.take(f"copy {name}", lambda: b.copy_(a))
        readings.take(f"add {name}", lambda: a + b)
        readings.take(f"multiply by a number {name}", lambda: a * 3)
        readings.take(f"exp {name}", lambda: torch.exp(a))
        readings.take(f"sum of all {name}", a.sum)
        readings.take(f"sums of rows {name}", lambda: a.sum(1))
        readings.take(f"sums of columns {name}", lambda: a.sum(0))
        readings.take(f"softmax of rows {name}", lambda: torch.softmax(a, 1))


def measure_rows(readings):
    for dtype, name in ((torch.float32, "float32"), (torch.float16, "float16"), (torch.bfloat16, "bfloat16")):
        for length in ROWS:
            rows = max(1, readings.sizes["bytes"] // torch.empty((), dtype=dtype).element_size() // length)
            x = torch.randn((rows, length), device=readings.device).to(dtype)
            gamma = torch.ones(length, device=readings.device, dtype=dtype)
            beta = torch.zeros(length, device=readings.device, dtype=dtype)
            head = torch.ones_like(x)
            readings.take(f"layer norm of rows of {length} {name}",
                          lambda: nn.functional.layer_norm(x, (length,), gamma, beta))
            leaves = [leaf.requires_grad_() for leaf in (x, gamma, beta)]
            readings.take(f"layer norm with gradients of rows of {length} {name}",
                          lambda: torch.autograd.grad(nn.functional.layer_norm(x, (length,), gamma, beta), leaves,
                                                      head))


def measure_moves(readings):
    elements, side = readings.sizes["bytes"] // 4, 64
    matrix = torch.randn((int(elements ** 0.5),) * 2, device=readings.device)
    quarter = len(matrix) // 4
    readings.take("transpose of a matrix float32", lambda: matrix.t().contiguous())
    readings.take("half of each row float32", lambda: matrix[:, quarter:3 * quarter].contiguous())
    readings.take("sort of all float32", lambda: torch.sort(matrix.flatten()))
    readings.take("the largest 10 of all float32", lambda: torch.topk(matrix.flatten(), 10))
    images = torch.randn((max(1, elements // side ** 3), side, side, side), device=readings.device)
    readings.take("channels to the end float32", lambda: images.permute(0, 2, 3, 1).contiguous())
    parts = [torch.randn((side, max(1, elements // 40 // side)), device=readings.device) for _ in range(40)]
    readings.take("join of 40 arrays float32", lambda: torch.cat(parts, 1))


def measure_products(readings):
    for dtype, tf32, name in ((torch.float32, False, "float32"), (torch.bfloat16, False, "bfloat16"),
                              (torch.float32, True, "tf32")):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        for n in readings.sizes["matrices"]:
            a = torch.randn((n, n), device=readings.device).to(dtype)
            b = torch.randn((n, n), device=readings.device).to(dtype)
            readings.take(f"matrix product {n} {name}", lambda: a @ b)
    torch.backends.cuda.matmul.allow_tf32 = False


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.Tanh(), nn.MaxPool2d(2, 2), nn.Conv2d(20, 50, 5), nn.Tanh(), nn.MaxPool2d(2, 2),
        nn.Flatten(), nn.Linear(800, 500), nn.Tanh(), nn.Linear(500, 10))


def make_block_class():
    class Block(nn.Module):
        """Three convolutions, the stride in the second, beside a shortcut."""

        def __init__(self, channels, width, stride, first):
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
                nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width))
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False),
                nn.BatchNorm2d(4 * width)) if first else nn.Identity()
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x):
            return self.relu(self.body(x) + self.shortcut(x))

    return Block


def resnet50(width):
    block = make_block_class()
    layers = [nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
              nn.MaxPool2d(3, 2, 1)]
    channels = width
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for i in range(blocks):
            middle = width << stage
            layers.append(block(channels, middle, 2 if stage > 0 and i == 0 else 1, i == 0))
            channels = 4 * middle
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))


def measure_training(readings, name, net, images, classes):
    labels = torch.arange(len(images), device=readings.device) % classes
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    loss = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(net(images).float(), labels).backward()
        optimizer.step()

    readings.take(name, step)


def measure_trainings(readings):
    device = readings.device
    for batch in readings.sizes["lenet"]:
        measure_training(readings, f"LeNet training, batch {batch}", lenet().to(device),
                         torch.rand((batch, 1, 28, 28), device=device), 10)
    batch, extent, width = readings.sizes["resnet"]
    name = f"ResNet-50 v1.5 training, batch {batch}, bfloat16"
    for layout, suffix in ((torch.contiguous_format, ""), (torch.channels_last, ", channels last")):
        net = resnet50(width).to(device=device, dtype=torch.bfloat16, memory_format=layout)
        images = torch.randn((batch, 3, extent, extent), device=device).to(dtype=torch.bfloat16, memory_format=layout)
        measure_training(readings, name + suffix, net, images, 1000)


def measure(sizes, device, done):
    """Calls done(readings) after each part: the time for all may not suffice."""
    readings = Readings(sizes, device)
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    for part in (measure_issue, measure_bandwidth, measure_rows, measure_products, measure_trainings, measure_moves):
        try:
            part(readings)
        except RuntimeError as error:
            print(f"{part.__name__}: {error}", file=sys.stderr)
        done(readings.seconds)


def rate(name, seconds, sizes):
    """What a time comes to, in the unit that bounds it."""
    words = name.rsplit(" ", 1)
    if words[0] in PASSES:
        return f"{PASSES[words[0]] * sizes['bytes'] / seconds / 1e9:.0f} GB/s"
    if name.startswith("matrix product "):
        return f"{2 * int(name.split()[2]) ** 3 / seconds / 1e12:.1f} TFLOP/s"
    if " training, batch " in name:
        return f"{int(name.split('batch ')[1].split(',')[0]) / seconds:.0f} images/s"
    return f"{1 / seconds:.0f} a second"


def of_copy(name, readings):
    """The share of the copy's bandwidth, for what memory bounds."""
    words = name.rsplit(" ", 1)
    copy = readings.get(f"copy {words[-1]}")
    if words[0] not in PASSES or copy is None:
        return ""
    return f"{100 * PASSES[words[0]] / readings[name] / (PASSES['copy'] / copy):.0f} %"


def table(ours, theirs, sizes, title):
    lines = [title, "", "| measured | Tenon | | of a copy's bandwidth | PyTorch | | PyTorch's time / Tenon's |",
             "|---|---|---|---|---|---|---|"]
    names = list(ours) + [name for name in theirs if name not in ours]
    for name in names:
        mine = ours.get(name) or ours.get(name.removesuffix(", channels last"))
        peer = theirs.get(name)
        cells = [name]
        for seconds in (mine, peer):
            cells += [f"{1e6 * seconds:.1f} µs", rate(name, seconds, sizes)] if seconds else ["–", ""]
        cells.insert(3, of_copy(name, ours) if name in ours else "")
        cells.append(f"{peer / mine:.2f}" if mine and peer else "–")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("readings", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()

    ours = {}
    for path in arguments.readings:
        if not path.exists():
            print(f"there is no {path}")
            continue
        for line in path.read_text().splitlines():
            name, _, seconds = line.rpartition("\t")
            # A program that was stopped may have written half of its last line.
            if name and re.fullmatch(r"\d+\.\d{9}", seconds):
                ours[name] = float(seconds)
    sizes = QUICK if arguments.quick else FULL
    title = "PyTorch was not there to compare with."
    arguments.out.write_text(table(ours, {}, sizes, title))
    if torch is not None and (arguments.device == "cpu" or torch.cuda.is_available()):
        where = torch.cuda.get_device_name() if arguments.device == "cuda" else "the processor"
        title = f"Medians; PyTorch {torch.__version__} on {where}, in the same run."
        measure(sizes, arguments.device,
                lambda theirs: arguments.out.write_text(table(ours, theirs, sizes, title)))
    print(arguments.out.read_text())


if __name__ == "__main__":
    main()
