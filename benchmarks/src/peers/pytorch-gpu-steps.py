"""Steps in PyTorch on a GPU, on request: a JSON object a line on the standard input, and one a line back.

{"build": {"model", "dims", "batch", "inputShape", "numClasses", "mode", "tf32"}} -> {"parameters": n, or null}
    mode: "eager" or "graph", which train; "infer"
{"steps": n} -> {"ms": mean of the steps, up to the end of the last on the device}
{"product": {"size", "tf32"}} -> {"tflops": rate of a square product in float32}
{"conv": {"batch", "channels", "filters", "extent", "kernel", "stride", "padding", "tf32"}} -> {"tflops": forward}
{"device": true} -> {"name", "torch", "cudnn"}
"""

import importlib.util
import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

spec = importlib.util.spec_from_file_location('pytorch_steps', Path(__file__).with_name('pytorch-steps.py'))
cpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cpu)


def allow_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cudnn.benchmark = True


class Run:
    """A network with one batch, trained or evaluated again and again."""

    def __init__(self, network, batch, inputShape, numClasses, mode):
        self.network = network.cuda().train(mode != 'infer')
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
        self.inputs = torch.randn(batch, *inputShape, device='cuda')
        self.labels = torch.arange(batch, device='cuda') % numClasses
        self.once = self.infer if mode == 'infer' else self.train
        if mode == 'graph':
            self.once = self.captured()

    def infer(self):
        with torch.no_grad():
            self.network(self.inputs)

    def train(self):
        self.optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(self.network(self.inputs), self.labels).backward()
        self.optimizer.step()

    def captured(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.train()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.train()
        return graph.replay

    def steps(self, count):
        return mean_ms(self.once, count)


def mean_ms(once, count):
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(count):
        once()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1000 / count


def rate(once, flops):
    mean_ms(once, 5)
    return flops / min(mean_ms(once, 20) for _ in range(5)) / 1e9


def product(size, tf32):
    allow_tf32(tf32)
    a, b = torch.randn(2, size, size, device='cuda')
    return {'tflops': rate(lambda: a @ b, 2 * size**3)}


def conv(batch, channels, filters, extent, kernel, stride, padding, tf32):
    allow_tf32(tf32)
    x = torch.randn(batch, channels, extent, extent, device='cuda')
    w = torch.randn(filters, channels, kernel, kernel, device='cuda')
    out = (extent + 2 * padding - kernel) // stride + 1
    flops = 2 * batch * filters * channels * (kernel * out) ** 2
    return {'tflops': rate(lambda: nn.functional.conv2d(x, w, stride=stride, padding=padding), flops)}


def build(model, dims, batch, inputShape, numClasses, mode, tf32):
    allow_tf32(tf32)
    torch.manual_seed(0)
    network = cpu.build_network(model, dims, inputShape, numClasses)
    return None if network is None else Run(network, batch, inputShape, numClasses, mode)


def main():
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        if 'build' in request:
            run = None
            torch.cuda.empty_cache()
            run = build(**request['build'])
            answer = {'parameters': None if run is None else sum(p.numel() for p in run.network.parameters())}
        elif 'product' in request:
            answer = product(**request['product'])
        elif 'conv' in request:
            answer = conv(**request['conv'])
        elif 'device' in request:
            answer = {
                'name': torch.cuda.get_device_name(),
                'torch': torch.__version__,
                'cudnn': torch.backends.cudnn.version(),
            }
        else:
            answer = {'ms': run.steps(request['steps'])}
        print(json.dumps(answer), flush=True)


main()
