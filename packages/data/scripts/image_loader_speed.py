"""Prints the pictures a second that torchvision's loader brings, and the milliseconds of processor time of one:
image_loader_speed.py ROOT WORKERS BATCH_SIZE."""

import os
import sys
import time

import torch
from torchvision import datasets, transforms

root, workers, batch_size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
normal = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
steps = [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), transforms.ToTensor(), normal]
train = datasets.ImageFolder(root, transforms.Compose(steps))
loader = torch.utils.data.DataLoader(train, batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0)


def processor_seconds():
    """Of this process and its workers."""
    running = [worker.pid for worker in loader._iterator._workers] if workers > 0 else []
    ticks = 0
    for pid in running:
        with open(f"/proc/{pid}/stat") as file:
            ticks += sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


for _ in loader:
    break
start, used = time.perf_counter(), processor_seconds()
seen = sum(inputs.shape[0] for inputs, _ in loader)
print(seen / (time.perf_counter() - start), 1000 * (processor_seconds() - used) / seen)
