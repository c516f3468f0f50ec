#!/usr/bin/python3
"""The cases of `pinna bench train` in PyTorch (Debian: python3-torch).

    python3 tools/bench_pytorch.py [--threads N] [CASE...]

prints the median milliseconds of a step by the clock and in CPU time.
"""
import argparse
import statistics
import time

import torch
from torch.nn import GRU, LSTM, RNN, Linear
from torch.nn.functional import ctc_loss, log_softmax, mse_loss

N_LABELS = 60
REPETITIONS = 11


def loss_of_labels(y):
    n_frames, n_batch, n_tokens = y.shape
    labels = 1 + torch.arange(n_batch * N_LABELS) % (n_tokens - 1)
    return ctc_loss(log_softmax(y, -1), labels.view(n_batch, N_LABELS),
                    torch.full((n_batch,), n_frames),
                    torch.full((n_batch,), N_LABELS),
                    reduction="sum") / n_batch


def net_step(rnn, n_out, n_frames, n_batch, loss):
    """Forward, loss, backward and Adam."""
    out = Linear(rnn.hidden_size * (1 + rnn.bidirectional), n_out)
    adam = torch.optim.Adam([*rnn.parameters(), *out.parameters()])
    x = torch.randn(n_frames, n_batch, rnn.input_size)
    target = torch.randn(n_frames, n_batch, n_out)

    def step():
        adam.zero_grad()
        loss(out(rnn(x)[0]), target).backward()
        adam.step()

    return step


def loss_step(n_tokens, n_frames, n_batch):
    """The loss and its gradient."""
    logits = torch.randn(n_frames, n_batch, n_tokens, requires_grad=True)

    def step():
        logits.grad = None
        loss_of_labels(logits).backward()

    return step


def ctc(y, _):
    return loss_of_labels(y)


def gains(y, target):
    return mse_loss(torch.sigmoid(y), target)


CASES = {
    "gru256": lambda: net_step(GRU(40, 256, 2), 29, 400, 16, ctc),
    "gru96": lambda: net_step(GRU(42, 96), 32, 500, 32, gains),
    "rnn32": lambda: net_step(RNN(1, 32), 1, 100, 32, mse_loss),
    "blstm320": lambda: net_step(LSTM(40, 320, 3, bidirectional=True), 29,
                                 400, 16, ctc),
    "ctc29": lambda: loss_step(29, 400, 16),
    "ctc5000": lambda: loss_step(5000, 1000, 16),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, help="default: PyTorch's own")
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help=", ".join(CASES))
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    print("     case  threads    wall ms     CPU ms")
    for name in args.cases or CASES:
        step = CASES[name]()
        step()  # not measured
        wall, cpu = [], []
        for _ in range(REPETITIONS):
            wall_begin, cpu_begin = time.perf_counter(), time.process_time()
            step()
            cpu.append(1e3 * (time.process_time() - cpu_begin))
            wall.append(1e3 * (time.perf_counter() - wall_begin))
        print(f"{name:>9} {torch.get_num_threads():8} "
              f"{statistics.median(wall):10.2f} {statistics.median(cpu):10.2f}",
              flush=True)


main()
