#include "tests/metric_signals.h"

#include "dsp/status.h"

#include <math.h>
#include <stdint.h>

static double next_sample(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return (double)(*x >> 8) / 8388608.0 - 1;
}

void metric_signals(float *clean, float *noisy, unsigned sample_rate)
{
    uint32_t speech = 1, noise = 2;
    double y = 0;

    for (size_t i = 0; i < 3 * (size_t)sample_rate; i++) {
        const int pause = i >= sample_rate && i < sample_rate + sample_rate / 2;
        const double envelope =
            pause ? 0.0005
                  : 0.5 + 0.45 * sin(2 * PINNA_PI * 4 * (double)i /
                                     (double)sample_rate);
        y = 0.7 * y + 0.3 * next_sample(&speech);
        clean[i] = (float)(y * envelope);
        noisy[i] = clean[i] + 0.1f * (float)next_sample(&noise);
    }
}
