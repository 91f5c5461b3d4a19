"""Steps in PyTorch on a GPU, on request: a JSON object a line on the standard input, and one a line back.

{"build": {"model", "dims", "batch", "inputShape", "numClasses", "mode", "tf32"}} -> {"parameters": n, or null}
    mode: "eager" or "graph", which train; "infer"
{"steps": n} -> {"ms": mean of the steps, up to the end of the last on the device}
{"product": {"size", "tf32"}} -> {"tflops": rate of a square product in float32}
{"conv": {"batch", "channels", "filters", "extent", "kernel", "stride", "padding", "tf32"}} -> {"tflops": forward}
{"device": true} -> {"name", "torch", "cudnn"}
What cannot be done is answered by {"error": why}, and the next request is taken.

With --cpu all runs on the processor, and what is called of torch.cuda does nothing, so that the protocol can be tried without a
GPU: the times say nothing then.
"""

import importlib.util
import json
import sys
import time
from pathlib import Path
from unittest.mock import create_autospec

import torch
from torch import nn

spec = importlib.util.spec_from_file_location('pytorch_steps', Path(__file__).with_name('pytorch-steps.py'))
cpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(cpu)

ON_CPU = '--cpu' in sys.argv[1:]
DEVICE = 'cpu' if ON_CPU else 'cuda'
# Whatever torch.cuda does not have, or takes otherwise, is an error of the stand-in too.
gpu = create_autospec(torch.cuda) if ON_CPU else torch.cuda
if ON_CPU:
    gpu.get_device_name.return_value = 'cpu'


def allow_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cudnn.benchmark = True


class Run:
    """A network with one batch, trained or evaluated again and again."""

    def __init__(self, network, batch, inputShape, numClasses, mode):
        self.network = network.to(DEVICE).train(mode != 'infer')
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
        self.inputs = torch.randn(batch, *inputShape, device=DEVICE)
        self.labels = torch.arange(batch, device=DEVICE) % numClasses
        self.once = self.infer if mode == 'infer' else self.train
        if mode == 'graph':
            replay = self.captured()
            self.once = self.train if ON_CPU else replay

    def infer(self):
        with torch.no_grad():
            self.network(self.inputs)

    def train(self):
        self.optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(self.network(self.inputs), self.labels).backward()
        self.optimizer.step()

    def captured(self):
        side = gpu.Stream()
        side.wait_stream(gpu.current_stream())
        with gpu.stream(side):
            for _ in range(3):
                self.train()
        gpu.current_stream().wait_stream(side)
        graph = gpu.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with gpu.graph(graph):
            self.train()
        return graph.replay

    def steps(self, count):
        return mean_ms(self.once, count)


def mean_ms(once, count):
    gpu.synchronize()
    start = time.perf_counter()
    for _ in range(count):
        once()
    gpu.synchronize()
    return (time.perf_counter() - start) * 1000 / count


def rate(once, flops):
    mean_ms(once, 5)
    return flops / min(mean_ms(once, 20) for _ in range(5)) / 1e9


def product(size, tf32):
    allow_tf32(tf32)
    a, b = torch.randn(2, size, size, device=DEVICE)
    return {'tflops': rate(lambda: a @ b, 2 * size**3)}


def conv(batch, channels, filters, extent, kernel, stride, padding, tf32):
    allow_tf32(tf32)
    x = torch.randn(batch, channels, extent, extent, device=DEVICE)
    w = torch.randn(filters, channels, kernel, kernel, device=DEVICE)
    out = (extent + 2 * padding - kernel) // stride + 1
    flops = 2 * batch * filters * channels * (kernel * out) ** 2
    return {'tflops': rate(lambda: nn.functional.conv2d(x, w, stride=stride, padding=padding), flops)}


def build(model, dims, batch, inputShape, numClasses, mode, tf32):
    allow_tf32(tf32)
    torch.manual_seed(0)
    network = cpu.build_network(model, dims, inputShape, numClasses)
    return None if network is None else Run(network, batch, inputShape, numClasses, mode)


class Peer:
    """Answers requests; holds the network that was built last."""

    run = None

    def answer(self, request):
        if 'build' in request:
            self.run = None
            gpu.empty_cache()
            self.run = build(**request['build'])
            return {'parameters': None if self.run is None else sum(p.numel() for p in self.run.network.parameters())}
        if 'product' in request:
            return product(**request['product'])
        if 'conv' in request:
            return conv(**request['conv'])
        if 'device' in request:
            return {
                'name': gpu.get_device_name(),
                'torch': torch.__version__,
                'cudnn': torch.backends.cudnn.version(),
            }
        return {'ms': self.run.steps(request['steps'])}


def main():
    peer = Peer()
    for line in sys.stdin:
        try:
            answer = peer.answer(json.loads(line))
        except Exception as error:  # Such as no more memory, at one row of many.
            answer = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answer), flush=True)


main()
